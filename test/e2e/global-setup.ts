import type { TestProject } from 'vitest/node';
import { startStack } from './stack.ts';

/** One `npm run dev` for all files: to bring it up takes longer than most tests do. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stack, close } = await startStack();
  project.provide('stack', stack);
  return close;
}
