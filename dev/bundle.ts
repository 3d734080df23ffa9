// What the Worker's bundle is made of, as esbuild tells it.
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { CommandError } from './project.ts';

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
