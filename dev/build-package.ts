// `npm run build:package` (and before every `npm pack`): what others install, in dist/package. The service as ES
// modules whose dependencies stay outside, its types, the migrations and a command that applies them.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { CommandError, MIGRATIONS_FOLDER, PROJECT_ROOT, runCommand } from './project.ts';

const OUTPUT = join(PROJECT_ROOT, 'dist/package');
const TYPES = join(OUTPUT, 'types');

/** The doors of package.json's `exports`. One build, so that an AppError is the same class behind each. */
const DOORS = ['index', 'client', 'testing', 'rpc', 'verify']
  .map((name) => join(PROJECT_ROOT, `src/${name}.ts`))
  .filter((file) => existsSync(file));

const COMMON: BuildOptions = {
  bundle: true,
  format: 'esm',
  target: 'es2024',
  packages: 'external',
  logLevel: 'warning',
};

await runCommand(async () => {
  rmSync(OUTPUT, { recursive: true, force: true });
  await build({
    ...COMMON,
    entryPoints: DOORS,
    outdir: OUTPUT,
    platform: 'neutral',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    // A bundler of Workers makes a module of each .wasm; mails are text by now, which none of them would know.
    assetNames: 'wasm/[name]',
    loader: { '.liquid': 'text', '.wasm': 'copy' },
  });
  await build({
    ...COMMON,
    entryPoints: [join(PROJECT_ROOT, 'dev/package-migrate.ts')],
    outfile: join(OUTPUT, 'bin/migrate.js'),
    platform: 'node',
  });
  // Beside bin/, where project.ts looks for them from there as it does from dev/.
  cpSync(MIGRATIONS_FOLDER, join(OUTPUT, 'migrations'), { recursive: true });
  buildTypes();
});

function buildTypes(): void {
  const tsc = join(PROJECT_ROOT, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'dev/tsconfig.package.json'], {
    cwd: PROJECT_ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) throw new CommandError('The types could not be made.');
  // tsc leaves the .ts of our imports, for which others would need allowImportingTsExtensions.
  for (const entry of readdirSync(TYPES, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/((?:from |import\()["']\.{1,2}\/[^"']+)\.ts(["'])/g, '$1.js$2'));
  }
}
