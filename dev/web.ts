import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PROJECT_ROOT } from './project.ts';

/** What the pages are made of. The lock file stands for the packages. */
const SOURCES = ['web', 'src/client', 'src/client.ts', 'src/money.ts', 'package-lock.json', 'dev/web.ts'];

/** What Vite says of the files it wrote: https://vite.dev/guide/backend-integration */
export type Manifest = Readonly<
  Record<string, { readonly file: string; readonly imports?: readonly string[] }>
>;

/** Noted of each folder of pages, and kept out of it: what is in there is served to everybody. */
type Note = { readonly madeOf: string; readonly manifest: Manifest };

const MANIFEST = '.vite/manifest.json';

/** The variables that the pages are built with; see docs/web.md. */
const isVariable = (name: string) => name.startsWith('VITE_');

/**
 * Builds the pages into a folder, with Vite. Does nothing when what is there was made of the same sources and variables.
 *
 * @param base the path under which they will be served, with slashes around it
 * @returns what is in the folder
 */
export async function buildWeb(outDir: string, base = '/app/'): Promise<Manifest> {
  const madeOf = await digest();
  const noteFile = join(PROJECT_ROOT, 'dist', `${basename(outDir)}.json`);
  const before = await readNote(noteFile);
  const isThere = await stat(join(outDir, 'index.html')).catch(() => undefined);
  if (isThere && before?.madeOf === madeOf) return before.manifest;
  // Vite takes a while to load: only when there is something to do.
  const { build } = await import('vite');
  // Made aside, so that nobody is served half of it and a build that fails leaves the one before.
  const aside = join(PROJECT_ROOT, 'dist', `${basename(outDir)}.${process.pid}`);
  // Vite keeps the one that is set, and a test runner sets one: what it builds would be React for development, and taken for fresh.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    await build({ configFile: join(PROJECT_ROOT, 'web/vite.config.ts'), base, build: { outDir: aside } });
    const manifest: Manifest = JSON.parse(await readFile(join(aside, MANIFEST), 'utf8'));
    await rm(dirname(join(aside, MANIFEST)), { recursive: true });
    await mkdir(dirname(outDir), { recursive: true });
    await rm(outDir, { recursive: true, force: true });
    await rename(aside, outDir);
    await writeFile(noteFile, JSON.stringify({ madeOf, manifest } satisfies Note));
    return manifest;
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
    await rm(aside, { recursive: true, force: true });
  }
}

async function readNote(file: string): Promise<Note | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

async function digest(): Promise<string> {
  const hash = createHash('sha256');
  const variables = Object.entries(process.env).filter(([name]) => isVariable(name));
  hash.update(JSON.stringify(variables.sort(([a], [b]) => (a < b ? -1 : 1))));
  for (const source of SOURCES) {
    for (const file of await filesOf(join(PROJECT_ROOT, source))) {
      hash.update(`${file}\0`).update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

async function filesOf(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (!entries) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
