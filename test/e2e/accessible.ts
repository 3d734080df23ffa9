import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** What axe-core calls serious or critical on a page as it stands. */
export async function expectAccessible(page: Page): Promise<void> {
  // Into the page by the browser's own door: the page's policy lets no other script in.
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help} ${nodes.map(({ html }) => html).join(' ')}`);
  });
  expect(found, page.url()).toEqual([]);
}
