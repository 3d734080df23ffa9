// What the Worker's bundle is made of, as esbuild tells it.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as z from 'zod';
import { CommandError } from './project.ts';

/** How many rows the table has. */
const LARGEST = 20;

const Inputs = z.record(z.string(), z.object({ bytesInOutput: z.int() }));
const Metafile = z.object({ outputs: z.record(z.string(), z.object({ inputs: Inputs })) });

/** A source file with the bytes it has in the bundle, zero where all of it was shaken off. */
export type BundledFile = { readonly path: string; readonly bytes: number };

/** The source files of a bundle, in the order that they have in it. */
export function readBundledFiles(metafile: string): BundledFile[] {
  const { outputs } = Metafile.parse(JSON.parse(readFileSync(metafile, 'utf8')));
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).map(([path, { bytesInOutput }]) => ({ path, bytes: bytesInOutput })),
  );
}

/**
 * Refuses a bundle with zod's messages in other languages: they come along when wrangler.toml's alias no longer does
 * what src/zod.ts says. English has to be there, or this looks for the wrong thing.
 */
export function refuseForeignLocales(files: readonly BundledFile[]): void {
  const locales = files
    .filter(({ path, bytes }) => bytes > 0 && path.includes('node_modules/zod/v4/locales/'))
    .map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
  if (locales.join() === 'en.js') return;
  throw new CommandError(
    `The bundle has ${locales.length} of zod's locales (${locales.slice(0, 3).join(', ')}), not en.js alone: see src/zod.ts.`,
  );
}

/**
 * What each package, and each folder of our own, has in the bundle: its KiB, and by how many KiB gzip the bundle would
 * be smaller without it. The largest first.
 */
export function tableOfPackages(files: readonly BundledFile[], bundle: Buffer): string {
  const texts: { owner: string; text: Buffer }[] = [];
  // esbuild's own few hundred bytes stand before the first file's, so that each text is that much off: no matter here.
  let offset = 0;
  for (const { path, bytes } of files) {
    texts.push({ owner: ownerOf(path), text: bundle.subarray(offset, offset + bytes) });
    offset += bytes;
  }
  const whole = gzipSync(bundle).length;
  const rows = [...new Set(texts.map(({ owner }) => owner))].map((owner) => {
    const size = texts.reduce((sum, one) => sum + (one.owner === owner ? one.text.length : 0), 0);
    const others = texts.filter((one) => one.owner !== owner).map(({ text }) => text);
    return { owner, size, gzip: whole - gzipSync(Buffer.concat(others)).length };
  });
  const kib = (bytes: number) => (bytes / 1024).toFixed(1).padStart(8);
  return [
    '    gzip     raw  KiB',
    ...rows
      .toSorted((a, b) => b.gzip - a.gzip)
      .slice(0, LARGEST)
      .map(({ owner, size, gzip }) => `${kib(gzip)}${kib(size)}  ${owner}`),
  ].join('\n');
}

/** `zod`, `@hono/zod-openapi`, `src/auth`. */
function ownerOf(path: string): string {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  return name ?? path.split('/').slice(0, 2).join('/');
}
