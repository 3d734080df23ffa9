import { exportPKCS8, generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';
import { rotateKeys } from '../../../dev/key-rotation.ts';
import { signingKey } from '../../../dev/secrets.ts';

const publicPart = (key: string) => {
  const { kty, crv, x, y } = JSON.parse(key);
  return { kty, crv, x, ...(y && { y }) };
};

describe('rotateKeys', () => {
  test.each(['ES256', 'EdDSA'])('%s: a new key, and the public parts of both', async (ALGORITHM) => {
    const old = await signingKey(ALGORITHM);
    const rotated = await rotateKeys({ ALGORITHM, ACCESS_SECRET_KEY: old });
    expect(JSON.parse(rotated.ACCESS_SECRET_KEY)).toHaveProperty('d');
    expect(rotated.ACCESS_SECRET_KEY).not.toBe(old);
    expect(JSON.parse(rotated.ACCESS_PREVIOUS_KEYS)).toEqual([
      publicPart(rotated.ACCESS_SECRET_KEY),
      publicPart(old),
    ]);
  });

  test('HS256: the secrets themselves', async () => {
    const old = await signingKey('HS256');
    const rotated = await rotateKeys({ ALGORITHM: 'HS256', ACCESS_SECRET_KEY: old });
    expect(JSON.parse(rotated.ACCESS_PREVIOUS_KEYS)).toEqual([rotated.ACCESS_SECRET_KEY, old]);
  });

  test('keeps the keys that are still in overlap, each once', async () => {
    const first = await signingKey('ES256');
    const second = await rotateKeys({ ACCESS_SECRET_KEY: first });
    const third = await rotateKeys({ ...second });
    expect(JSON.parse(third.ACCESS_PREVIOUS_KEYS)).toEqual([
      publicPart(third.ACCESS_SECRET_KEY),
      publicPart(second.ACCESS_SECRET_KEY),
      publicPart(first),
    ]);
  });

  test('takes a PEM, also in one line', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const pem = await exportPKCS8(privateKey);
    for (const ACCESS_SECRET_KEY of [pem, pem.replaceAll('\n', '\\n')]) {
      const rotated = await rotateKeys({ ACCESS_SECRET_KEY });
      expect(JSON.parse(rotated.ACCESS_PREVIOUS_KEYS)).toHaveLength(2);
      expect(rotated.ACCESS_PREVIOUS_KEYS).not.toContain('"d"');
    }
  });

  test('says what is missing or no key, and never repeats it', async () => {
    await expect(rotateKeys({})).rejects.toThrow('ACCESS_SECRET_KEY is not set');
    await expect(rotateKeys({ ACCESS_SECRET_KEY: 'hunter2' })).rejects.toThrow(
      'is no private ES256 key (a JWK or PKCS#8 PEM).',
    );
    await expect(
      rotateKeys({ ACCESS_SECRET_KEY: await signingKey('ES256'), ACCESS_PREVIOUS_KEYS: '{' }),
    ).rejects.toThrow('ACCESS_PREVIOUS_KEYS is no JSON array.');
  });
});
