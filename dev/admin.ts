// `npm run admin -- grant|revoke <email>`: the first administrator can't be made by an administrator.
import { type Grant, grantAdministrator, type Revocation, revokeAdministrator } from './administrators.ts';
import { withDatabase } from './command-database.ts';
import { CommandError, runCommand } from './project.ts';

const USAGE = 'Usage: npm run admin -- grant <email> | revoke <email>';

const GRANTS: Readonly<Record<Grant, (email: string) => string>> = {
  granted: (email) => `${email} is an administrator now.`,
  not_effective: (email) =>
    `${email} is an administrator now, and can act as one once its address is verified and the account is active.`,
  unknown: (email) => `Nobody is registered as ${email}.`,
};

const REVOCATIONS: Readonly<Record<Revocation, (email: string) => string>> = {
  revoked: (email) => `${email} is no longer an administrator.`,
  not_admin: (email) => `${email} is not an administrator.`,
  last_admin: (email) => `${email} is the last active administrator; make another one first.`,
  unknown: GRANTS.unknown,
};

await runCommand(async () => {
  const [action, email, ...rest] = process.argv.slice(2);
  if (!email || rest.length > 0) throw new CommandError(USAGE);
  switch (action) {
    case 'grant': {
      const outcome = await withDatabase((sql) => grantAdministrator(sql, email));
      const sentence = GRANTS[outcome](email);
      if (outcome === 'unknown') throw new CommandError(sentence);
      return console.log(sentence);
    }
    case 'revoke': {
      const outcome = await withDatabase((sql) => revokeAdministrator(sql, email));
      const sentence = REVOCATIONS[outcome](email);
      if (outcome === 'unknown' || outcome === 'last_admin') throw new CommandError(sentence);
      return console.log(sentence);
    }
    default:
      throw new CommandError(USAGE);
  }
});
