import { describe, expect, it } from 'vitest';
import { argon2id, createPasswordHasher } from '../../src/adapters/argon2.ts';

const hasher = createPasswordHasher();
const CURRENT = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;
const MANY_HASHES_MS = 60_000;

/**
 * Made by two other implementations, once, in Node. ASCII passwords: `hash` of @phi-ag/argon2 0.5.28 (the reference
 * C code) with the salt given as bytes, and the same again from OpenSSL 3.5. Other passwords: OpenSSL alone, by
 * `argon2Sync('argon2id', { message, nonce, memory, passes, parallelism, tagLength })` of node:crypto over UTF-8;
 * @phi-ag/argon2 can't serve there, it takes the length of a password in UTF-16 units and so cuts its UTF-8 short.
 */
const VECTORS: [what: string, password: string, encoded: string][] = [
  [
    'the current parameters',
    'correct horse battery staple',
    '$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0',
  ],
  [
    'spaces outside and inside',
    '  spaces outside and  in  ',
    '$argon2id$v=19$m=19456,t=2,p=1$dG9sbGdhdGUtdmVjdG9ycw$Lhqv6aPboEYWW+WhURdX23Q4TbpJOzXhVhBRixwarvQ',
  ],
  [
    'a NUL inside',
    'nul\0inside',
    '$argon2id$v=19$m=19456,t=2,p=1$dG9sbGdhdGUtdmVjdG9ycw$qoL16dRttx0t3IrBsP+cBeX6YU7exJzg34dRh0m0rcA',
  ],
  [
    '1000 characters',
    'x'.repeat(1000),
    '$argon2id$v=19$m=19456,t=2,p=1$dG9sbGdhdGUtdmVjdG9ycw$ZUzkP/YszTtfadmxhcluRWvbbnbcfm45uaEMB/d1XZM',
  ],
  [
    'several scripts and an emoji',
    'пароль 🔐 密码 ñandú',
    '$argon2id$v=19$m=19456,t=2,p=1$dG9sbGdhdGUtdmVjdG9ycw$ij+Rf8Zs77ONbpMeP9HzGrZCH5xAV5nmDRKukNecOGk',
  ],
  [
    '20,000 bytes of emoji',
    '🔐'.repeat(5000),
    '$argon2id$v=19$m=19456,t=2,p=1$dG9sbGdhdGUtdmVjdG9ycw$A+x+OcqrLnMypJZnUzJ/mwWDu2HdOb565SYiFmlCQEE',
  ],
  [
    'a composed letter',
    '\u00e9',
    '$argon2id$v=19$m=19456,t=2,p=1$dG9sbGdhdGUtdmVjdG9ycw$8nHjQWDm7QPYuwUjmZqbHrAO5WNUY7juYmZpQsvn89c',
  ],
  [
    'a decomposed letter',
    'e\u0301',
    '$argon2id$v=19$m=19456,t=2,p=1$dG9sbGdhdGUtdmVjdG9ycw$TaVO8xL9jNsjkwdsI+Ey9Z0JkBlwYdP1SYwx1QaYc+w',
  ],
  [
    'less memory, as an older hash may have',
    'weak but old',
    '$argon2id$v=19$m=4096,t=3,p=1$dG9sbGdhdGUtdmVjdG9ycw$ItTYe1D2hI03HXFzMiI87GQo3fwotuW77iNM2QsfuWo',
  ],
  [
    'two lanes',
    'two lanes',
    '$argon2id$v=19$m=8192,t=1,p=2$dG9sbGdhdGUtdmVjdG9ycw$9kooA/YMsM5iV8rzuR2gd5LhTUOp+tKfh6JMvQxFBaI',
  ],
  [
    "RFC 9106's second recommendation",
    "the RFC's second choice",
    '$argon2id$v=19$m=65536,t=3,p=4$dG9sbGdhdGUtdmVjdG9ycw$jU7dZozkNF2OWPRLDIDGEhSit7ijtWWqheLt0E4RAPE',
  ],
  ['a short salt and hash', 'short tag', '$argon2id$v=19$m=512,t=1,p=1$c2FsdHNhbHQ$QjBnE4IkM+G9ur8SNP5DcQ'],
  [
    'a long hash and memory that is no multiple of the lanes',
    'long tag',
    '$argon2id$v=19$m=100,t=2,p=3$dG9sbGdhdGUtdmVjdG9ycw$+caDViBsLBdpG7Vte+WtP+KDXJysXh5/VX+gp5AzvXVSGQDqRLfk4+Y4zaf/gd/Afr/VRLvggQ6smCxLvAeIcw',
  ],
];
const [, KNOWN_PASSWORD, KNOWN] = VECTORS[0] ?? ['', '', ''];

function passwords(count: number, prefix: string): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix} ${index} ${'ß'.repeat(index)}`);
}

/** Each element with the one after it, the last with the first. */
function neighbours<T>(list: T[]): [T, T][] {
  return list.map((item, index) => [item, list[(index + 1) % list.length] ?? item]);
}

describe('agreement with other implementations', () => {
  it('gives the Argon2id tag of RFC 9106 section 5.3', () => {
    const tag = argon2id({ memoryKib: 32, iterations: 3, parallelism: 4 }, 32, {
      password: new Uint8Array(32).fill(1),
      salt: new Uint8Array(16).fill(2),
      secret: new Uint8Array(8).fill(3),
      associatedData: new Uint8Array(12).fill(4),
    });
    expect(Array.from(tag, (byte) => byte.toString(16).padStart(2, '0')).join('')).toBe(
      '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659',
    );
  });

  it.each(VECTORS)('verifies a foreign hash: %s', async (_what, password, encoded) => {
    expect(await hasher.verify(encoded, password)).toBe(true);
    expect(await hasher.verify(encoded, `${password}!`)).toBe(false);
  });
});

describe('one memory for every hash', () => {
  it(
    'verifies 50 passwords hashed one after the other, and none for another',
    async () => {
      const hashed: { password: string; encoded: string }[] = [];
      for (const password of passwords(50, 'sequential')) {
        hashed.push({ password, encoded: await hasher.hash(password) });
      }
      for (const [own, other] of neighbours(hashed)) {
        expect(await hasher.verify(own.encoded, own.password)).toBe(true);
        expect(await hasher.verify(own.encoded, other.password)).toBe(false);
      }
    },
    MANY_HASHES_MS,
  );

  it(
    'verifies 30 passwords hashed in parallel, and none for another',
    async () => {
      const hashed = await Promise.all(
        passwords(30, 'parallel').map(async (password) => ({
          password,
          encoded: await hasher.hash(password),
        })),
      );
      const verdicts = await Promise.all(
        neighbours(hashed).map(([own, other]) =>
          Promise.all([hasher.verify(own.encoded, own.password), hasher.verify(own.encoded, other.password)]),
        ),
      );
      expect(verdicts).toEqual(verdicts.map(() => [true, false]));
    },
    MANY_HASHES_MS,
  );

  it('stays right when hashes of different sizes alternate', async () => {
    const turns = [...VECTORS, ...VECTORS.toReversed()];
    for (const [what, password, encoded] of turns) {
      expect(await hasher.verify(encoded, password), what).toBe(true);
    }
  });

  it.each([
    ['before the memory was written', { memoryKib: 4_194_300, iterations: 1, parallelism: 1 }, 32],
    ['with the memory full', { memoryKib: 1024, iterations: 1, parallelism: 1 }, 2 ** 53],
  ])('is right again after a computation that broke off %s', async (_when, cost, tagBytes) => {
    const input = { password: new Uint8Array(8), salt: new Uint8Array(16) };
    expect(() => argon2id(cost, tagBytes, input)).toThrow();
    expect(await hasher.verify(KNOWN, KNOWN_PASSWORD)).toBe(true);
  });

  it('has done its work when the call returns, so that no lock can outlive a cancelled request', async () => {
    // A race takes the first promise that is settled already; one that still has a step to go loses to the string.
    expect(await Promise.race([hasher.hash(KNOWN_PASSWORD), 'unfinished'])).toMatch(CURRENT);
    expect(await Promise.race([hasher.verify(KNOWN, KNOWN_PASSWORD), 'unfinished'])).toBe(true);
    expect(await Promise.race([hasher.verifyNothing(KNOWN_PASSWORD), 'unfinished'])).toBe(false);
  });
});

describe('hash', () => {
  it('writes a PHC string with the current parameters, a 16-byte salt and a 32-byte hash', async () => {
    expect(await hasher.hash('long enough')).toMatch(CURRENT);
  });

  it('salts every hash anew', async () => {
    expect(await hasher.hash('long enough')).not.toBe(await hasher.hash('long enough'));
  });
});

describe('the exact password', () => {
  it.each([
    ['composed and decomposed letters', '\u00e9t\u00e9 2026', 'e\u0301te\u0301 2026'],
    ['upper and lower case', 'Correct Horse', 'correct horse'],
    ['a leading space', ' correct horse', 'correct horse'],
    ['a trailing space', 'correct horse ', 'correct horse'],
    ['two spaces inside', 'correct  horse', 'correct horse'],
    ['a no-break space', 'correct\u00a0horse', 'correct horse'],
    ['what follows a NUL', 'correct\0horse', 'correct\0house'],
    ['the last of 128 emoji', '🔐'.repeat(128), `${'🔐'.repeat(127)}🔑`],
    ['the last byte behind 72', `${'a'.repeat(100)}b`, `${'a'.repeat(100)}c`],
    ['letters of which another implementation drops half', 'пароль', 'парXXX'],
  ])('tells %s apart', async (_what, password, other) => {
    const encoded = await hasher.hash(password);
    expect(await hasher.verify(encoded, password)).toBe(true);
    expect(await hasher.verify(encoded, other)).toBe(false);
  });

  it('refuses a lone surrogate, which has no UTF-8', async () => {
    await expect(hasher.hash('lone \ud800 surrogate')).rejects.toThrow(TypeError);
    await expect(hasher.verify(KNOWN, 'lone \udfff surrogate')).rejects.toThrow(TypeError);
    await expect(hasher.verifyNothing('lone \ud800 surrogate')).rejects.toThrow(TypeError);
  });
});

describe('verify', () => {
  const SALT = 'MDEyMzQ1Njc4OWFiY2RlZg';
  const TAG = 'gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0';

  it('answers false when one bit of the stored hash differs', async () => {
    expect(await hasher.verify(KNOWN.replace('$gy5S', '$gy5T'), KNOWN_PASSWORD)).toBe(false);
  });

  it('answers false for the empty password', async () => {
    expect(await hasher.verify(KNOWN, '')).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['the password itself', KNOWN_PASSWORD],
    ['bcrypt', '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
    ['another Argon2', KNOWN.replace('argon2id', 'argon2i')],
    ['another version', KNOWN.replace('v=19', 'v=16')],
    ['no version', KNOWN.replace('$v=19', '')],
    ['parameters in another order', KNOWN.replace('m=19456,t=2', 't=2,m=19456')],
    ['a parameter missing', KNOWN.replace(',p=1', '')],
    ['a leading zero', KNOWN.replace('t=2', 't=02')],
    ['no salt', KNOWN.replace(SALT, '')],
    ['a salt under 8 bytes', KNOWN.replace(SALT, 'c2FsdHNhbA')],
    ['no hash', KNOWN.replace(`$${TAG}`, '')],
    ['a hash under 16 bytes', KNOWN.replace(TAG, TAG.slice(0, 20))],
    ['padding', `${KNOWN}=`],
    ['a length no base64 has', KNOWN.slice(0, -2)],
    ['stray bits in the last character', KNOWN.replace(/0$/, '1')],
    ['URL-safe base64', KNOWN.replace('B/S2', 'B_S2')],
    ['a line end', `${KNOWN}\n`],
  ])('throws on a malformed hash: %s', async (_what, encoded) => {
    await expect(hasher.verify(encoded, KNOWN_PASSWORD)).rejects.toThrow();
  });

  it.each([
    ['memory over 64 MiB', 'm=65537,t=2,p=1'],
    ['passes by the million', 'm=8,t=1000000,p=1'],
    ['memory that overflows', 'm=4294967295,t=2,p=1'],
    ['more passes than a request has time for', 'm=65536,t=5,p=1'],
    ['lanes by the hundred', 'm=19456,t=2,p=100'],
    ['less memory than its lanes need', 'm=15,t=2,p=2'],
    ['no passes', 'm=19456,t=0,p=1'],
    ['no lanes', 'm=19456,t=2,p=0'],
  ])('throws on absurd parameters: %s', async (_what, parameters) => {
    const encoded = KNOWN.replace('m=19456,t=2,p=1', parameters);
    await expect(hasher.verify(encoded, KNOWN_PASSWORD)).rejects.toThrow();
  });

  it('does not quote the hash in its error', async () => {
    const error = await hasher.verify(`${KNOWN}=`, KNOWN_PASSWORD).catch(String);
    expect(error).not.toContain(TAG.slice(0, 8));
  });
});

describe('verifyNothing', () => {
  it.each(['', 'password', KNOWN_PASSWORD])('answers false for "%s"', async (password) => {
    expect(await hasher.verifyNothing(password)).toBe(false);
  });

  it('leaves the next verification right', async () => {
    await hasher.verifyNothing('somebody');
    expect(await hasher.verify(KNOWN, KNOWN_PASSWORD)).toBe(true);
  });
});
