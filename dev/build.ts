// `npm run build`: bundles the Worker and the pages as a deployment would, and keeps their sizes in bounds. With `-- --analyze` it says
// what takes the room.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { buildAssets, PAGES } from './assets.ts';
import { readBundledFiles, refuseForeignLocales, tableOfPackages } from './bundle.ts';
import { CommandError, PROJECT_ROOT, runCommand } from './project.ts';
import { reportFirstLoad } from './web-size.ts';

const OUTPUT = join(PROJECT_ROOT, 'dist/worker');
const METAFILE = join(PROJECT_ROOT, 'dist/worker.meta.json');
const MAX_GZIP_KIB = 320;

await runCommand(async () => {
  const analyze = readAnalyze();
  const pages = await buildAssets();
  rmSync(OUTPUT, { recursive: true, force: true });
  const wrangler = join(PROJECT_ROOT, 'node_modules/wrangler/bin/wrangler.js');
  const options = ['--dry-run', '--outdir', OUTPUT, '--metafile', METAFILE];
  const { status } = spawnSync(process.execPath, [wrangler, 'deploy', ...options], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
  if (status !== 0) throw new CommandError('wrangler could not bundle the Worker.');
  const files = readBundledFiles(METAFILE);
  if (analyze) console.log(tableOfPackages(files, readFileSync(join(OUTPUT, 'worker.js'))));
  report();
  reportFirstLoad(PAGES, pages);
  refuseForeignLocales(files);
});

function readAnalyze(): boolean {
  try {
    return parseArgs({ options: { analyze: { type: 'boolean', default: false } } }).values.analyze;
  } catch {
    throw new CommandError('Usage: npm run build [-- --analyze]');
  }
}

function report(): void {
  // A source map and wrangler's note about the folder are not uploaded.
  const modules = readdirSync(OUTPUT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.map$|^README\.md$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  const raw = modules.reduce((sum, module) => sum + module.length, 0) / 1024;
  const gzip = gzipSync(Buffer.concat(modules)).length / 1024;
  console.log(`The Worker: ${modules.length} modules, ${raw.toFixed(0)} KiB, ${gzip.toFixed(0)} KiB gzip.`);
  if (gzip > MAX_GZIP_KIB)
    throw new CommandError(`That is more than the ${MAX_GZIP_KIB} KiB gzip it may have.`);
}
