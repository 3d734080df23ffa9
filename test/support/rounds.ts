import { inject } from 'vitest';

/**
 * How many rounds a race takes. The embedded database works off one statement after the other, so what happens there
 * in the first round happens in all.
 */
export const rounds = (many: number): number => (inject('realPostgres') ? many : 1);
