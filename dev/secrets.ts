import { randomBytes } from 'node:crypto';
import { chmod, open, readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { exportJWK, generateKeyPair } from 'jose';
import { withFileLock } from './file-lock.ts';
import type { Environment } from './settings.ts';

const GENERATORS: Readonly<Record<string, (given: Environment) => Promise<string>>> = {
  ACCESS_SECRET_KEY: ({ ALGORITHM }) => signingKey(ALGORITHM),
  REFRESH_SECRET_KEY: async () => randomSecret(),
  VALIDATION_SECRET_KEY: async () => randomSecret(),
  // Shows where it comes from: production refuses it.
  STRIPE_WEBHOOK_SECRET: async () => `whsec_emulator_${randomSecret()}`,
};

/** Reads a `.dev.vars` file; a file that is not there is empty. */
export async function readDevVars(file: string): Promise<Environment> {
  try {
    return parseEnv(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/**
 * Appends the secrets that neither the environment nor the file has, and answers their names. What stands in the
 * file is never changed, and only its owner can read it afterwards. Safe when two runs start at once.
 */
export async function addMissingSecrets(file: string, env: Environment): Promise<string[]> {
  return withFileLock(`${file}.lock`, async () => {
    const present = { ...(await readDevVars(file)), ...env };
    // A name left empty in the file is missing; one set empty in the environment is a decision.
    const missing = Object.keys(GENERATORS).filter((name) => !present[name] && env[name] === undefined);
    if (missing.length > 0) await append(file, await generate(missing, present));
    return missing;
  });
}

async function generate(names: string[], given: Environment): Promise<string> {
  const lines = ['# Generated for development. Keep this file to yourself.'];
  for (const name of names) lines.push(`${name}='${await GENERATORS[name]?.(given)}'`);
  return `${lines.join('\n')}\n`;
}

async function append(file: string, lines: string): Promise<void> {
  const handle = await open(file, 'a+', 0o600);
  try {
    const before = await handle.readFile('utf8');
    await handle.writeFile(before === '' || before.endsWith('\n') ? lines : `\n${lines}`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(file, 0o600);
}

/** A fresh private key for access tokens: a JWK in one line, for HS256 a secret. */
export async function signingKey(wanted: string | undefined): Promise<string> {
  if (wanted === 'HS256') return randomSecret();
  const algorithm = wanted === 'EdDSA' ? wanted : 'ES256';
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return JSON.stringify({ ...(await exportJWK(privateKey)), alg: algorithm, use: 'sig' });
}

function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}
