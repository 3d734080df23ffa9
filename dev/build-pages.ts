// `npm run build:pages`: the pages on their own, for Cloudflare Pages or any other place that serves files, in dist/pages.
// VITE_API_URL is the address of the service; see docs/web.md.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, PROJECT_ROOT, runCommand } from './project.ts';
import { buildWeb } from './web.ts';
import { headersOf } from './web-headers.ts';
import { reportFirstLoad } from './web-size.ts';

const OUTPUT = join(PROJECT_ROOT, 'dist/pages');

await runCommand(async () => {
  const apiUrl = process.env.VITE_API_URL;
  if (!apiUrl || !URL.canParse(apiUrl)) {
    throw new CommandError('VITE_API_URL has to be the address of the service, like https://auth.acme.com.');
  }
  const manifest = await buildWeb(OUTPUT, '/');
  await writeFile(join(OUTPUT, '_headers'), headersOf({ base: '/', apiUrl }));
  reportFirstLoad(OUTPUT, manifest);
  console.log(`The pages are in ${OUTPUT}.`);
});
