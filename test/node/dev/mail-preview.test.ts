import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { MAIL_SAMPLES } from '../../../dev/mail-samples.ts';
import { PROJECT_ROOT } from '../../../dev/project.ts';

test('npm run mail:preview renders every kind of mail into one page and prints where it is', async () => {
  const command = [join(PROJECT_ROOT, 'dev/mail-preview.ts')];
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    cwd: '/',
    env: { ...process.env, NODE_OPTIONS: '', APP_NAME: 'A <b>&B' },
  });
  expect(stdout.trim()).toBe(join(PROJECT_ROOT, 'dist/mail-preview.html'));
  const page = await readFile(stdout.trim(), 'utf8');
  expect(page.match(/<iframe /g)).toHaveLength(Object.values(MAIL_SAMPLES).flat().length);
  for (const kind of Object.keys(MAIL_SAMPLES)) expect(page).toContain(`<code>${kind}</code>`);
  expect(page).toContain('A &lt;b&gt;&amp;B');
  expect(page).not.toContain('<b>');
  expect(page).not.toMatch(/\{[{%]|undefined/);
});
