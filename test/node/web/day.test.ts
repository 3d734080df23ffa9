import { describe, expect, it } from 'vitest';
import { endOfDay, toInstant } from '../../../web/parts/day.ts';

describe('a moment of a field', () => {
  it('is one of the reader’s zone', () => {
    expect(toInstant('2026-11-20T12:30')).toBe(new Date(2026, 10, 20, 12, 30).toISOString());
    expect(endOfDay('2026-11-20')).toBe(new Date(2026, 10, 20, 23, 59, 59).toISOString());
  });

  it('that does not exist is left for the service to refuse', () => {
    expect(toInstant('275760-11-20T12:30')).toBe('275760-11-20T12:30');
    expect(endOfDay('275760-11-20')).toBe('275760-11-20T23:59:59');
  });
});
