import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../dev/project.ts';

const KIB = 1_024;

describe('the client, as a page loads it', () => {
  it('is a few KiB and has nothing of the server in it', async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [join(PROJECT_ROOT, 'src/client.ts')],
      absWorkingDir: PROJECT_ROOT,
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      write: false,
      metafile: true,
    });
    const inputs = Object.keys(metafile.inputs);
    expect(
      inputs.filter(
        (file) => !/^(src\/client(\/|\.ts$)|node_modules\/hono\/dist\/(client|utils)\/)/.test(file),
      ),
    ).toEqual([]);
    const [{ contents } = { contents: new Uint8Array() }] = outputFiles;
    expect(contents.length).toBeGreaterThan(2 * KIB);
    expect(contents.length).toBeLessThan(10 * KIB);
    expect(gzipSync(contents).length).toBeLessThan(5 * KIB);
  });
});
