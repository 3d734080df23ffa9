import { existsSync } from 'node:fs';
import { CommandError } from './project.ts';

/** Where Chromium is, on Linux and macOS. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser of this machine, or the one that CHROMIUM_PATH names. @throws CommandError that says how to get one. */
export function findBrowser(env: Readonly<Record<string, string | undefined>>): string {
  const found = env.CHROMIUM_PATH || PLACES.find((path) => existsSync(path));
  if (found && existsSync(found)) return found;
  throw new CommandError(
    [
      found ? `There is no browser at ${found}.` : 'No Chromium is installed.',
      'Get one: `apt-get install chromium` on Debian, `npx playwright-core install chromium` elsewhere,',
      'and say where it is if it is not found: CHROMIUM_PATH=<path> npm run test:e2e.',
    ].join('\n'),
  );
}
