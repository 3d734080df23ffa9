// Cuts the list of common passwords that the Worker carries out of the installed @zxcvbn-ts/language-common (MIT),
// which keeps them by frequency. Run after upgrading it: `npm run passwords:cut`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dictionary } from '@zxcvbn-ts/language-common';

/** No account has a shorter one (PASSWORD_MIN_LENGTH). */
const MIN_LENGTH = 8;
/** As ASVS 5.0, 6.2.4 asks: the 3000 most common that the other rules let pass. More would be paid for in start-up. */
const COUNT = 3_000;

const TARGET = new URL('../src/auth/common-passwords.ts', import.meta.url);

/** The file `src/auth/common-passwords.ts`. */
export function commonPasswordsFile(): string {
  const listed = new Set(dictionary['passwords-common'].map((password) => String(password).toLowerCase()));
  const fit = [...listed].filter(
    (password) => password.length >= MIN_LENGTH && /^[!-[\]-_a-~]+$/.test(password),
  );
  const top = fit.slice(0, COUNT).toSorted();
  if (top.length < COUNT) throw new Error(`The package lists only ${top.length} passwords that fit`);
  return `// Made by dev/cut-common-passwords.ts; not to be edited.

/** The ${COUNT} most common passwords of ${MIN_LENGTH} characters and more, in lower case. */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  \`
${top.join('\n')}
\`
    .trim()
    .split('\\n'),
);
`;
}

if (import.meta.main) {
  writeFileSync(TARGET, commonPasswordsFile());
  console.log(fileURLToPath(TARGET));
}
