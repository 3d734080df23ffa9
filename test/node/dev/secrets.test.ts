import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importJWK } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addMissingSecrets, readDevVars } from '../../../dev/secrets.ts';

const ALL = ['ACCESS_SECRET_KEY', 'REFRESH_SECRET_KEY', 'VALIDATION_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'];

describe('the generated secrets', () => {
  let directory: string;
  let file: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tollgate-secrets-'));
    file = join(directory, '.dev.vars');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test('are made on a fresh clone, for the owner of the file alone', async () => {
    expect(await addMissingSecrets(file, {})).toEqual(ALL);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const vars = await readDevVars(file);
    const key: unknown = JSON.parse(vars.ACCESS_SECRET_KEY ?? '');
    expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', d: expect.any(String) });
    expect(Buffer.from(vars.REFRESH_SECRET_KEY ?? '', 'base64url')).toHaveLength(32);
    expect(vars.VALIDATION_SECRET_KEY).not.toBe(vars.REFRESH_SECRET_KEY);
    expect(vars.STRIPE_WEBHOOK_SECRET).toMatch(/^whsec_emulator_[\w-]{43}$/);
    expect(await readdir(directory)).toEqual(['.dev.vars']);
  });

  test('are made once', async () => {
    await addMissingSecrets(file, {});
    const before = await readFile(file, 'utf8');
    expect(await addMissingSecrets(file, {})).toEqual([]);
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  test('are appended to what stands there, which stays as it is', async () => {
    const mine = '# mine\nREFRESH_SECRET_KEY="kept"\nVALIDATION_SECRET_KEY=\nSMTP_HOST=mail.example.com';
    await writeFile(file, mine, { mode: 0o644 });
    expect(await addMissingSecrets(file, {})).toEqual([
      'ACCESS_SECRET_KEY',
      'VALIDATION_SECRET_KEY',
      'STRIPE_WEBHOOK_SECRET',
    ]);
    expect((await readFile(file, 'utf8')).startsWith(`${mine}\n`)).toBe(true);
    const vars = await readDevVars(file);
    expect(vars).toMatchObject({ REFRESH_SECRET_KEY: 'kept', SMTP_HOST: 'mail.example.com' });
    expect(vars.VALIDATION_SECRET_KEY).toHaveLength(43);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('are not made for what the environment sets', async () => {
    const env = { ACCESS_SECRET_KEY: 'x', REFRESH_SECRET_KEY: '', STRIPE_WEBHOOK_SECRET: 'whsec_mine' };
    expect(await addMissingSecrets(file, env)).toEqual(['VALIDATION_SECRET_KEY']);
  });

  test('are the same for two runs that start at once', async () => {
    const made = await Promise.all([1, 2, 3, 4].map(() => addMissingSecrets(file, {})));
    expect(made.flat()).toEqual(ALL);
  });

  test('suit the algorithm', async () => {
    await addMissingSecrets(file, { ALGORITHM: 'EdDSA' });
    const key = JSON.parse((await readDevVars(file)).ACCESS_SECRET_KEY ?? '');
    expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519' });
    await expect(importJWK(key, 'EdDSA')).resolves.toBeDefined();
  });
});
