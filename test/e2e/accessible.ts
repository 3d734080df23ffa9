import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** What axe-core calls serious or critical on a page as it stands: by all its rules, or by some. */
export async function expectAccessible(page: Page, rules?: string[]): Promise<void> {
  // Into the page by the browser's own door: the page's policy lets no other script in.
  await page.evaluate(axe.source);
  const found = await page.evaluate(async (some) => {
    // What fades in is judged when it is there.
    const ending = document
      .getAnimations()
      .filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map(({ finished }) => finished));
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(
      some ? { runOnly: some } : {},
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help} ${nodes.map(({ html }) => html).join(' ')}`);
  }, rules);
  expect(found, page.url()).toEqual([]);
}
