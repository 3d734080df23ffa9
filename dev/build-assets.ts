// wrangler's own build step (wrangler.toml): what has to be there before the Worker is bundled.
import { buildAssets } from './assets.ts';

await buildAssets();
