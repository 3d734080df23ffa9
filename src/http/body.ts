import { createMiddleware } from 'hono/factory';
import { AppError } from '../errors.ts';
import type { AppEnv } from './router.ts';

const BODY_MAX_BYTES = 64 * 1_024;
const JSON_MAX_DEPTH = 32;

/** How much of a body that is too large is still taken in: a connection closed under its sender loses our answer. */
const DRAIN_MAX_BYTES = 4 * 1_024 * 1_024;

/** `application/json`, or a `+json` type, in UTF-8 (RFC 8259 §8.1 knows no other). */
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
const OTHER_CHARSET = /;\s*charset\s*=\s*(?!"?utf-8"?\s*(?:;|$))/i;

/**
 * Reads a body before any route does, and refuses what would surprise one: too large, not JSON by its type, bytes
 * that are no UTF-8 (a `Request` would replace them silently), nesting that overflows a stack, and text that
 * Postgres cannot store.
 */
export const checkBody = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.raw.body) {
    const bytes = await readBytes(c.req.raw, BODY_MAX_BYTES);
    if (bytes.length === 0) {
      // Nothing, whatever its type says: the schema will name the fields that are missing.
      c.req.raw = new Request(c.req.raw, { body: '' });
      c.req.raw.headers.delete('Content-Type');
    } else {
      const type = c.req.header('Content-Type') ?? '';
      if (!JSON_TYPE.test(type) || OTHER_CHARSET.test(type)) throw new AppError('unsupported_media_type');
      const text = decode(bytes);
      requireShallow(text);
      requireStorable(parse(text));
      // The stream is spent: whoever reads the body next gets it from memory.
      c.req.raw = new Request(c.req.raw, { body: text });
      // Its readers are pickier about the spelling than RFC 9110 §8.3 is.
      c.req.raw.headers.set('Content-Type', 'application/json');
    }
  }
  await next();
});

/** Refuses a query string whose bytes are no UTF-8: whoever reads it would find U+FFFD in it, silently. */
export const checkQuery = createMiddleware<AppEnv>(async (c, next) => {
  try {
    // A percent sign alone is text (WHATWG URL, percent-decode).
    for (const [bytes] of new URL(c.req.url).search.matchAll(/(?:%[\da-f]{2})+/gi)) decodeURIComponent(bytes);
  } catch (cause) {
    throw new AppError('malformed_query', { cause });
  }
  await next();
});

/**
 * The bytes of a body as they came.
 *
 * @throws {AppError} `body_too_large`
 */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array();
  return readAtMost(request.body, maxBytes, Number(request.headers.get('Content-Length') ?? 0));
}

async function readAtMost(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  announced: number,
): Promise<Uint8Array> {
  if (announced > maxBytes) throw new AppError('body_too_large');
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
    else if (length > DRAIN_MAX_BYTES) break;
  }
  if (length > maxBytes) throw new AppError('body_too_large');
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    throw new AppError('malformed_body', { detail: 'The body is not valid UTF-8.', cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('malformed_body', { cause });
  }
}

/** Counts brackets outside strings, before anything recursive sees the text. */
function requireShallow(text: string): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') {
      if (++depth > JSON_MAX_DEPTH) {
        throw new AppError('malformed_body', {
          detail: `The body nests deeper than ${JSON_MAX_DEPTH} levels.`,
        });
      }
    } else if (character === '}' || character === ']') depth--;
  }
}

/**
 * NUL and lone surrogates are valid JSON and no valid text for Postgres.
 *
 * @throws {AppError} `validation_failed`
 */
export function requireStorable(value: unknown, field = 'body'): void {
  if (typeof value === 'string') {
    if (value.includes('\0') || !value.isWellFormed()) {
      throw new AppError('validation_failed', {
        errors: { [field]: 'Contains characters that are not text.' },
      });
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      requireStorable(key);
      requireStorable(inner, field === 'body' ? key : `${field}.${key}`);
    }
  }
}
