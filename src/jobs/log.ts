import { AppError } from '../errors.ts';

/** One JSON line about a job. Fields are ids, counts and our own words, never an address, a token or a payload. */
export function logJob(level: 'log' | 'error', fields: Readonly<Record<string, string | number>>): void {
  console[level](JSON.stringify(fields));
}

/** What of an error may stand in a log: our own code, else its name. Its message may hold anything. */
export function nameOf(error: unknown): string {
  if (error instanceof AppError) return error.code;
  return error instanceof Error ? error.name : typeof error;
}
