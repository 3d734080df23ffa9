// `npm run keys:rotate`: prints the secrets that put a new signing key in the place of the present one, which it takes
// from the environment or .dev.vars. Changes nothing; docs/key-rotation.md says in which order to set them.
import { rotateKeys } from './key-rotation.ts';
import { DEV_VARS_FILE, runCommand } from './project.ts';
import { readDevVars } from './secrets.ts';

await runCommand(async () => {
  const file = await readDevVars(DEV_VARS_FILE);
  const keys = await rotateKeys({ ...file, ...process.env });
  process.stdout.write(
    [
      '# 1. Set this first. Both keys verify from then on; the old one goes on signing.',
      `ACCESS_PREVIOUS_KEYS='${keys.ACCESS_PREVIOUS_KEYS}'`,
      '# 2. Ten minutes later, when every verifier has fetched the key set again: the new one signs.',
      `ACCESS_SECRET_KEY='${keys.ACCESS_SECRET_KEY}'`,
      '# 3. When the last token of the old key has expired (ACCESS_TOKEN_EXPIRE), empty ACCESS_PREVIOUS_KEYS.',
      '',
    ].join('\n'),
  );
});
