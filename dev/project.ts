import { join } from 'node:path';

/** The folder of package.json, wherever a command was started from. */
export const PROJECT_ROOT = join(import.meta.dirname, '..');

/** drizzle-kit's output. */
export const MIGRATIONS_FOLDER = join(PROJECT_ROOT, 'migrations');

/** The developer's own variables and the generated secrets; never committed. */
export const DEV_VARS_FILE = join(PROJECT_ROOT, '.dev.vars');

/** A failure whose message says it all: commands print it without a stack. */
export class CommandError extends Error {}

/** Runs a command's body; a failure is a sentence on stderr and exit code 1. */
export async function runCommand(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof CommandError ? error.message : error);
    process.exitCode = 1;
  }
}
