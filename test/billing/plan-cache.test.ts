import { expect, it } from 'vitest';
import { createPlanCache } from '../../src/billing/plan-cache.ts';
import type { Plan } from '../../src/billing/store.ts';

const old: readonly Plan[] = [];
const fresh: readonly Plan[] = [];

it('does not keep what was asked for before a change and answered after it', async () => {
  const cache = createPlanCache(() => 0);
  let answer = (_: readonly Plan[]) => {};
  const slow = cache.read(() => new Promise((resolve) => (answer = resolve)));
  cache.forget();
  answer(old);
  expect(await slow).toBe(old);
  expect(await cache.read(() => Promise.resolve(fresh))).toBe(fresh);
});

it('hides no failure but that of a database that is away', async () => {
  let time = 0;
  const cache = createPlanCache(() => time);
  await cache.read(() => Promise.resolve(old));
  time = 11_000;
  await expect(cache.read(() => Promise.reject(new TypeError('a mistake')))).rejects.toThrow('a mistake');
});
