/**
 * Argon2id (RFC 9106) on the WebAssembly of hash-wasm, which fills and mixes the memory and hashes BLAKE2b.
 *
 * hash-wasm's own JavaScript is left out, for three reasons that only show in a Worker: it compiles at call time,
 * which workerd refuses; it makes a new memory per call, so sixteen logins at once take gigabytes where an isolate
 * has 128 MB; and it queues calls on a promise shared by all requests, where one cancelled request could hang every
 * later login of the isolate. What that JavaScript does around the binaries (RFC 9106 sections 3.2 and 3.3) is
 * below, as ordinary synchronous code: a hash starts and ends within one turn, so two can never interleave on the
 * one shared memory, nothing waits, and there is no lock to leave behind.
 */
import type { PasswordHasher } from '../auth/ports.ts';
import argon2Module from './wasm/argon2.wasm';
import blake2bModule from './wasm/blake2b.wasm';

/** What an Argon2 hash costs. */
interface Argon2Cost {
  /** `m`, in KiB. */
  readonly memoryKib: number;
  /** `t`, passes over the memory. */
  readonly iterations: number;
  /** `p`, lanes; computed one after the other here, they only change the result. */
  readonly parallelism: number;
}

/** Inputs of {@link argon2id} besides its cost; RFC 9106 section 3.1 names them P, S, K and X. */
interface Argon2Input {
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly secret?: Uint8Array;
  readonly associatedData?: Uint8Array;
}

// One of the settings OWASP's Password Storage Cheat Sheet calls equal; the next one takes 46 MiB, too much of an
// isolate's 128 MB.
const COST: Argon2Cost = { memoryKib: 19_456, iterations: 2, parallelism: 1 };
// RFC 9106 section 3.1: 128 bits of salt are enough for every application; section 4 takes a 256-bit tag.
const SALT_BYTES = 16;
const TAG_BYTES = 32;

// What a stored hash may ask for. Memory, because an isolate never gets grown WebAssembly memory back; the work, memory
// times passes, because the request has a second of CPU: this much took a quarter of it.
const MAX_MEMORY_KIB = 65_536;
const MAX_WORK_KIB = 4 * MAX_MEMORY_KIB;
const MAX_PARALLELISM = 16;

const VERSION = 0x13;
const TYPE_ARGON2ID = 2;
const BLOCK_BYTES = 1024;
const LANE_SLICES = 4;
const BLAKE2B_BYTES = 64;
const BLAKE2B_BUFFER_BYTES = 16_384;
const NOTHING = new Uint8Array();

interface Argon2Exports {
  readonly memory: WebAssembly.Memory;
  /** Answers 0, or -1 when the memory can't grow. Must not be asked for less than there is: it underflows. */
  Hash_SetMemorySize(bytes: number): number;
  Hash_GetBuffer(): number;
  Hash_Calculate(length: number, memoryKib: number): void;
}

interface Blake2bExports {
  readonly memory: WebAssembly.Memory;
  Hash_GetBuffer(): number;
  Hash_Init(bits: number): void;
  Hash_Update(length: number): void;
  Hash_Final(): void;
}

/** One instance of each binary. At rest the Argon2 buffer is zero, as the first pass needs it: it XORs into it. */
interface Engine {
  readonly argon2: Argon2Exports;
  readonly blake2b: Blake2bExports;
  readonly blake2bBuffer: Uint8Array;
}

let idleEngine: Engine | undefined;

function createEngine(): Engine {
  const argon2 = new WebAssembly.Instance(argon2Module, {}).exports as unknown as Argon2Exports;
  const blake2b = new WebAssembly.Instance(blake2bModule, {}).exports as unknown as Blake2bExports;
  const buffer = new Uint8Array(blake2b.memory.buffer, blake2b.Hash_GetBuffer(), BLAKE2B_BUFFER_BYTES);
  return { argon2, blake2b, blake2bBuffer: buffer };
}

/** BLAKE2b of `parts` one after the other, `length` bytes of it: `H^length` in RFC 9106. */
function blake2b(engine: Engine, length: number, ...parts: Uint8Array[]): Uint8Array {
  engine.blake2b.Hash_Init(length * 8);
  for (const part of parts) {
    for (let at = 0; at < part.length; at += BLAKE2B_BUFFER_BYTES) {
      const chunk = part.subarray(at, at + BLAKE2B_BUFFER_BYTES);
      engine.blake2bBuffer.set(chunk);
      engine.blake2b.Hash_Update(chunk.length);
    }
  }
  engine.blake2b.Hash_Final();
  return engine.blake2bBuffer.slice(0, length);
}

/** The variable-length hash `H'` of RFC 9106 section 3.3. */
function longHash(engine: Engine, length: number, ...parts: Uint8Array[]): Uint8Array {
  if (length <= BLAKE2B_BYTES) return blake2b(engine, length, littleEndian(length), ...parts);
  const half = BLAKE2B_BYTES / 2;
  const out = new Uint8Array(length);
  let link = blake2b(engine, BLAKE2B_BYTES, littleEndian(length), ...parts);
  let at = 0;
  // Half of every link is output, until what is missing fits into one last, whole one.
  for (; length - at > BLAKE2B_BYTES; at += half) {
    out.set(link.subarray(0, half), at);
    link = blake2b(engine, Math.min(BLAKE2B_BYTES, length - at - half), link);
  }
  out.set(link, at);
  return out;
}

function littleEndian(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => {
    view.setUint32(index * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** The Argon2 buffer with room for `bytes`, grown when it has to be. */
function reserve({ argon2 }: Engine, bytes: number): Uint8Array {
  const start = argon2.Hash_GetBuffer();
  if (argon2.memory.buffer.byteLength - start < bytes && argon2.Hash_SetMemorySize(bytes) !== 0) {
    throw new Error(`Argon2: no room for ${bytes} bytes`);
  }
  return new Uint8Array(argon2.memory.buffer, start, bytes);
}

/**
 * The Argon2id tag of `input`, `tagBytes` long; version 0x13. Synchronous, so calls can't interleave.
 *
 * Checks no limits: {@link parsePhc} does, and the current cost is a constant.
 */
export function argon2id(cost: Argon2Cost, tagBytes: number, input: Argon2Input): Uint8Array {
  // Taken now and put back only at the end: a computation that throws, or that the runtime kills half-way for its
  // CPU limit (when not even `finally` runs), takes its dirty memory with it and the next one starts afresh.
  const engine = idleEngine ?? createEngine();
  idleEngine = undefined;

  const { memoryKib, iterations, parallelism } = cost;
  const { password, salt, secret = NOTHING, associatedData = NOTHING } = input;
  const header = littleEndian(parallelism, tagBytes, memoryKib, iterations, VERSION, TYPE_ARGON2ID);
  const fields = [password, salt, secret, associatedData].flatMap((field) => [
    littleEndian(field.length),
    field,
  ]);
  const seed = blake2b(engine, BLAKE2B_BYTES, header, ...fields);

  // The core reads its parameters from one extra block behind the ones it mixes.
  const buffer = reserve(engine, (memoryKib + 1) * BLOCK_BYTES);
  buffer.set(header, memoryKib * BLOCK_BYTES);
  const laneBlocks = Math.floor(memoryKib / (LANE_SLICES * parallelism)) * LANE_SLICES;
  for (let lane = 0; lane < parallelism; lane++) {
    for (const column of [0, 1]) {
      const block = longHash(engine, BLOCK_BYTES, seed, littleEndian(column, lane));
      buffer.set(block, (lane * laneBlocks + column) * BLOCK_BYTES);
    }
  }
  engine.argon2.Hash_Calculate(0, memoryKib);
  const tag = longHash(engine, tagBytes, buffer.slice(0, BLOCK_BYTES));

  // Without this the next hash would be wrong; and nothing made from a password, or the password, stays behind.
  buffer.fill(0);
  engine.blake2bBuffer.fill(0);
  idleEngine = engine;
  return tag;
}

const PHC =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,9})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

interface Phc {
  readonly cost: Argon2Cost;
  readonly salt: Uint8Array;
  readonly tag: Uint8Array;
}

/** Reads an Argon2id PHC string. Its errors never quote it: they end up in a log. */
function parsePhc(encoded: string): Phc {
  const [, m, t, p, salt, tag] = PHC.exec(encoded) ?? [];
  if (salt === undefined || tag === undefined) throw new Error('Not an Argon2id PHC string of version 19');
  const cost = { memoryKib: Number(m), iterations: Number(t), parallelism: Number(p) };
  if (
    cost.memoryKib > MAX_MEMORY_KIB ||
    cost.memoryKib * cost.iterations > MAX_WORK_KIB ||
    cost.parallelism > MAX_PARALLELISM ||
    cost.memoryKib < 8 * cost.parallelism // RFC 9106 section 3.1
  ) {
    throw new Error(`Argon2id parameters out of bounds: m=${m},t=${t},p=${p}`);
  }
  return { cost, salt: fromBase64(salt), tag: fromBase64(tag) };
}

function formatPhc({ memoryKib, iterations, parallelism }: Argon2Cost, salt: Uint8Array, tag: Uint8Array) {
  const cost = `m=${memoryKib},t=${iterations},p=${parallelism}`;
  return `$argon2id$v=${VERSION}$${cost}$${toBase64(salt)}$${toBase64(tag)}`;
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('=', '');
}

function fromBase64(text: string): Uint8Array {
  // atob throws on a length no encoder makes; the way back catches stray bits in the last character.
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  if (toBase64(bytes) !== text) throw new Error('Not canonical base64 in an Argon2id PHC string');
  return bytes;
}

/**
 * The exact UTF-8 of `password`: not normalised, trimmed or cut (OWASP ASVS 5.0, 6.2.8: verified exactly as received).
 * A lone surrogate has no UTF-8 and would silently become U+FFFD, one password standing for many.
 */
function utf8(password: string): Uint8Array {
  if (!password.isWellFormed()) throw new TypeError('A password must be well-formed Unicode');
  return new TextEncoder().encode(password);
}

function matches({ cost, salt, tag }: Phc, password: string): boolean {
  const computed = argon2id(cost, tag.length, { password: utf8(password), salt });
  return crypto.subtle.timingSafeEqual(computed, tag);
}

// No password is known to make this tag, and none can be found: it is a preimage of 32 zero bytes. Being constant it
// costs the first caller exactly what it costs a later one.
const NOBODY = formatPhc(COST, new Uint8Array(SALT_BYTES), new Uint8Array(TAG_BYTES));

/**
 * The Argon2id {@link PasswordHasher}: m=19456 KiB, t=2, p=1, a random 16-byte salt and a 32-byte hash.
 *
 * Every call does its whole work in the turn it is made; the promise it returns is already settled. `verify` honours
 * the parameters it finds in the PHC string, up to 64 MiB, four passes over that much and 16 lanes, and throws beyond.
 * An account whose hash carries other parameters than the current ones can be told from
 * {@link PasswordHasher.verifyNothing} by its timing until it is re-hashed. All three methods reject with a TypeError
 * on a password with a lone surrogate.
 */
export function createPasswordHasher(): PasswordHasher {
  return {
    async hash(password) {
      const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
      return formatPhc(COST, salt, argon2id(COST, TAG_BYTES, { password: utf8(password), salt }));
    },
    async verify(encoded, password) {
      return matches(parsePhc(encoded), password);
    },
    async verifyNothing(password) {
      matches(parsePhc(NOBODY), password);
      return false;
    },
    needsRehash(encoded) {
      const { cost, salt, tag } = parsePhc(encoded);
      return (
        cost.memoryKib < COST.memoryKib ||
        cost.iterations < COST.iterations ||
        salt.length < SALT_BYTES ||
        tag.length < TAG_BYTES
      );
    },
  };
}
