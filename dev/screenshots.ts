// `npm run screenshots`: a picture of every page, light, dark and on a phone, in dist/screenshots. An argument takes only
// those whose name begins with it: `npm run screenshots -- desk-user`.
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startStack } from '../test/e2e/stack.ts';
import { findBrowser } from './browser.ts';
import { connect } from './database/connect.ts';
import { CommandError, PROJECT_ROOT, runCommand } from './project.ts';
import { picturesOf } from './screenshots/pages.ts';
import { seed } from './screenshots/seed.ts';
import { takePictures } from './screenshots/take.ts';

const FOLDER = join(PROJECT_ROOT, 'dist/screenshots');

await runCommand(async () => {
  const [start = ''] = process.argv.slice(2);
  // Its sandbox does not run as root, which a container is.
  const browser = await chromium.launch({ executablePath: findBrowser(process.env), args: ['--no-sandbox'] });
  const { stack, close } = await startStack();
  try {
    const people = await seed(stack.tollgateUrl, connect(stack.databaseUrl));
    const pictures = picturesOf(people).filter(({ name }) => name.startsWith(start));
    const job = { browser, serviceUrl: stack.tollgateUrl, people, pictures, folder: FOLDER };
    const failures = await takePictures(job);
    console.log(`${pictures.length} pages, in ${FOLDER}.`);
    if (failures.length > 0) throw new CommandError(failures.join('\n'));
  } finally {
    await browser.close();
    await close();
  }
});
