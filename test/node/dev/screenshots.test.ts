import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../dev/project.ts';
import { picturesOf } from '../../../dev/screenshots/pages.ts';

const PARTS = ['session', 'links', 'account', 'billing', 'admin'];
const ID = '0b1d1f8e-6a53-4b3e-9d3c-2f6f3f0b8a11';

it('every address of the pages has its picture, or is a page that one leads to', async () => {
  const person = { id: ID, email: 'somebody@acme.test', password: '' };
  const taken = new Set(
    picturesOf({ admin: person, customer: person }).map(({ path }) => path.replace(/\?.*/, '')),
  );
  for (const part of PARTS) {
    const routes = await readFile(join(PROJECT_ROOT, 'web', part, 'routes.ts'), 'utf8');
    const paths = [...routes.matchAll(/\bpath: '([^']+)'/g)].map(([, path = '']) => path);
    expect(paths, part).not.toEqual([]);
    for (const path of paths) {
      // A plan's id is made by the service: the picture of its page begins at the list.
      if (path !== '/admin/plans/$planId') expect(taken).toContain(path.replace(/\$\w+/, ID));
    }
  }
});
