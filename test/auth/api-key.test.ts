import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { hashApiKey, newApiKey } from '../../src/auth/api-key.ts';
import { sha256Hex } from '../../src/encoding.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const numberOf = (text: string) =>
  [...text].reduce((value, digit) => value * 62n + BigInt(DIGITS.indexOf(digit)), 0n);

describe('an API key', () => {
  it('is a prefix, 256 bits and a CRC-32 of both', async () => {
    for (let n = 0; n < 200; n++) {
      const { key, hash, shownPrefix } = await newApiKey();
      expect(key).toMatch(/^tgk_[0-9A-Za-z]{49}$/);
      expect(numberOf(key.slice(4, 47))).toBeLessThan(1n << 256n);
      expect(numberOf(key.slice(47))).toBe(BigInt(crc32(key.slice(0, 47))));
      expect(shownPrefix).toBe(key.slice(0, 12));
      expect(hash).toBe(await sha256Hex(key));
      expect(await hashApiKey(key)).toBe(hash);
    }
  });

  it('is another one each time', async () => {
    const keys = await Promise.all(Array.from({ length: 200 }, newApiKey));
    expect(new Set(keys.map(({ shownPrefix }) => shownPrefix)).size).toBe(200);
  });

  it('is none with any one character mistyped, two swapped, or one missing', async () => {
    const { key } = await newApiKey();
    const typos = Array.from(key, (digit, at) => [
      key.slice(0, at) + (digit === 'x' ? 'y' : 'x') + key.slice(at + 1),
      key.slice(0, at) + key.slice(at + 1),
      key.slice(0, at) +
        key
          .slice(at, at + 2)
          .split('')
          .reverse()
          .join('') +
        key.slice(at + 2),
    ]).flat();
    for (const typo of typos.filter((one) => one !== key)) expect(await hashApiKey(typo)).toBeUndefined();
    for (const other of ['', 'tgk_', ` ${key}`, `${key}\n`, key.toUpperCase(), key.replace('tgk_', 'tgx_')]) {
      expect(await hashApiKey(other)).toBeUndefined();
    }
  });
});
