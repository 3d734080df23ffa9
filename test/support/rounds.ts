import { inject } from 'vitest';

/** With more, the suite would not stay within its minutes. */
const MOST = 5;

/**
 * How many rounds a race takes. The embedded database works off one statement after the other, so what happens there
 * in the first round happens in all.
 */
export const rounds = (many: number): number => (inject('realPostgres') ? Math.min(many, MOST) : 1);
