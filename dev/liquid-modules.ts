import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Lets Node import templates as wrangler does: as their text. To be called before the module that imports them. */
export function importLiquidAsText(): void {
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.endsWith('.liquid')) return nextLoad(url, context);
      const text = readFileSync(fileURLToPath(url), 'utf8');
      return { format: 'module', shortCircuit: true, source: `export default ${JSON.stringify(text)};` };
    },
  });
}
