import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CommandError } from './project.ts';
import type { Manifest } from './web.ts';

/** What somebody waits for who only wants to sign in. */
const FIRST_PAGE = ['index.html', 'session/sign-in.tsx'];
const MAX_GZIP_KIB = 170;

/** Prints how much JavaScript the sign-in page loads first. @throws CommandError when that is too much */
export function reportFirstLoad(folder: string, manifest: Manifest): void {
  const files = new Set(FIRST_PAGE.flatMap((entry) => [...filesOf(manifest, entry)]));
  const kib = [...files]
    .map((file) => gzipSync(readFileSync(join(folder, file))).length / 1_024)
    .reduce((sum, size) => sum + size, 0);
  console.log(`The sign-in page: ${files.size} scripts, ${kib.toFixed(0)} KiB gzip.`);
  if (kib > MAX_GZIP_KIB)
    throw new CommandError(`That is more than the ${MAX_GZIP_KIB} KiB gzip it may have.`);
}

/** The script of an entry and those that it cannot run without. */
function filesOf(manifest: Manifest, entry: string, found = new Set<string>()): Set<string> {
  const chunk = manifest[entry];
  if (!chunk) throw new CommandError(`Vite's manifest knows no ${entry}.`);
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const imported of chunk.imports ?? []) filesOf(manifest, imported, found);
  return found;
}
