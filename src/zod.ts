// The Worker's bundle has this module in the place of `zod` (see [alias] in wrangler.toml). `zod` also exports itself
// as one object, `z`; whoever uses that carries every language of every message, 65 KiB gzip. @hono/zod-openapi does,
// and takes nothing from it but this one class. test/node/zod.test.ts sees to it that this stays so.
import { ZodType } from 'zod/v4';

export * from 'zod/v4';
export const z = { ZodType };
