import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../dev/project.ts';

const MAX_GZIP_KIB = 8;

it('verifyAccessToken is small, needs no runtime’s own modules, and brings nothing of the service along', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(PROJECT_ROOT, 'src/verify.ts')],
    absWorkingDir: PROJECT_ROOT,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  });
  const ours = Object.keys(metafile.inputs).filter((path) => !path.startsWith('node_modules/jose/'));
  expect(ours.toSorted()).toEqual([
    'src/access-token.ts',
    'src/adapters/remote-keys.ts',
    'src/ids.ts',
    'src/loopback.ts',
    'src/verify.ts',
  ]);
  expect(gzipSync(outputFiles[0]?.contents ?? '').length / 1_024).toBeLessThan(MAX_GZIP_KIB);
});
