import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { commonPasswordsFile } from '../../dev/cut-common-passwords.ts';

it('the list of common passwords is the one that the installed package has', async () => {
  const file = new URL('../../src/auth/common-passwords.ts', import.meta.url);
  expect(await readFile(file, 'utf8')).toBe(commonPasswordsFile());
});
