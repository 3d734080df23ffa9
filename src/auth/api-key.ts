import { sha256Hex, toHex } from '../encoding.ts';

/** Makes a key known for one of ours wherever it turns up: to people, and to what scans for leaked secrets. */
const PREFIX = 'tgk_';
/** No dash and no underscore, so that a double click takes all of it. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 256 bits; 32 bits. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const SHAPE = new RegExp(`^${PREFIX}[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

/** As much of a key as lists show, so that its owner knows it again: some 48 of its 256 bits. */
const SHOWN_LENGTH = 12;

/** What is kept of a key. */
export type ApiKeySecret = {
  readonly key: string;
  /** SHA-256, hex. */
  readonly hash: string;
  readonly shownPrefix: string;
};

/** A fresh key: the prefix, 256 random bits, and a checksum of both. */
export async function newApiKey(): Promise<ApiKeySecret> {
  const random = BigInt(`0x${toHex(crypto.getRandomValues(new Uint8Array(32)))}`);
  const body = PREFIX + inDigits(random, SECRET_LENGTH);
  const key = body + checksumOf(body);
  return { key, hash: await sha256Hex(key), shownPrefix: key.slice(0, SHOWN_LENGTH) };
}

/**
 * The hash that a key is known by; `undefined` for what was mistyped, cut short or never a key of ours, which nobody
 * has to look up then. The checksum keeps typos out, not forgers: anybody can compute it.
 */
export async function hashApiKey(key: string): Promise<string | undefined> {
  if (!SHAPE.test(key)) return undefined;
  const body = key.slice(0, -CHECKSUM_LENGTH);
  return key === body + checksumOf(body) ? sha256Hex(key) : undefined;
}

function inDigits(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= 62n) text = DIGITS[Number(rest % 62n)] + text;
  return text.padStart(length, '0');
}

/** CRC-32 (ISO 3309), as GitHub's and npm's tokens end with. */
function checksumOf(text: string): string {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return inDigits(BigInt((crc ^ 0xffffffff) >>> 0), CHECKSUM_LENGTH);
}
