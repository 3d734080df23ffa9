// `npm run example:pages`: the page as Cloudflare Pages takes it, in examples/pages/dist. TOLLGATE_URL is the address
// of the service. In a project of your own, where `tollgate` is installed, the alias is not needed.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const HERE = import.meta.dirname;

/** Nothing runs on the page but what stands beside it, and it speaks to nobody but the service. */
export const contentSecurityPolicy = (tollgateUrl: string) =>
  `default-src 'self'; connect-src ${new URL(tollgateUrl).origin}; base-uri 'none'; frame-ancestors 'none'`;

/** Bundles the page for a service. */
export async function buildPage(tollgateUrl: string, outdir = join(HERE, 'dist')): Promise<void> {
  await mkdir(outdir, { recursive: true });
  await build({
    entryPoints: [join(HERE, 'page.ts')],
    outdir,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    define: { TOLLGATE_URL: JSON.stringify(tollgateUrl) },
    alias: { 'tollgate/client': join(HERE, '../../src/client.ts') },
    logLevel: 'warning',
  });
  for (const file of ['index.html', 'page.css']) await copyFile(join(HERE, file), join(outdir, file));
  // Read by Pages: https://developers.cloudflare.com/pages/configuration/headers/
  const headers = `/*\n  Content-Security-Policy: ${contentSecurityPolicy(tollgateUrl)}\n`;
  await writeFile(join(outdir, '_headers'), headers);
}

if (import.meta.main) await buildPage(process.env.TOLLGATE_URL || 'http://localhost:8787');
