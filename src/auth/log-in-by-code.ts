import { sql } from 'drizzle-orm';
import { statement } from '../db/client.ts';
import { AppError } from '../errors.ts';
import { addressSubject } from './address.ts';
import {
  changeCredentials,
  endCredentialsCtes,
  endRegistrantCtes,
  forgiveHeldCte,
  UNDO_STAYS,
} from './credential-store.ts';
import { loginCodeHash, loginCodeSubject } from './login-code.ts';
import { draftSession, finishSession, type SessionTokens } from './open-session.ts';
import type { AuthDeps, ClientInfo } from './ports.ts';
import { MAILBOX_IS_PROVEN, PROVE_MAILBOX } from './proven.ts';
import { accountLocked } from './refuse-attempt.ts';
import { LOGIN_CODE_TRIES } from './rules.ts';
import { type NewSession, sessionCtes } from './session-store.ts';
import { signedInRow, USER_COLUMNS, type User, verifiedCte } from './store.ts';
import { countFailure, notLocked } from './throttle-store.ts';

/**
 * Signs in with a mailed code, and proves the mailbox by it. One round trip, whether it is right, wrong, or the
 * address unknown.
 *
 * A code takes five tries. Besides, wrong codes count for the address like wrong passwords do, on a counter of their
 * own that a new code does not set back: neither way of signing in can be closed by guessing at the other.
 *
 * @throws {AppError} `invalid_code`, `account_locked`
 */
export async function logInByCode(
  deps: AuthDeps,
  input: { email: string; code: string },
  client: ClientInfo,
): Promise<{ user: User; tokens: SessionTokens }> {
  const subject = loginCodeSubject(await addressSubject(deps.validationHash, input.email));
  const codeHash = await loginCodeHash(deps.validationHash, input.email, input.code.replace(/\s/g, ''));
  const draft = await draftSession(deps, client, 'code');
  const owner = sql`SELECT id FROM users WHERE email = ${input.email}`;

  const [[opened], [failed]] = await changeCredentials(
    deps.db,
    owner,
    [subject],
    [
      tryCode({ email: input.email, codeHash, subject, session: draft.row }),
      countFailure(
        { subject, method: 'code', origin: client, targetId: sql`(${owner})` },
        sql`NOT EXISTS (SELECT FROM sessions WHERE id = ${draft.row.id})`,
      ),
    ],
  );
  if (!opened) {
    throw failed?.refused ? accountLocked(failed.retry_after, LOCKED) : new AppError('invalid_code');
  }
  const tokens = await finishSession(deps, draft, { ...opened, userId: opened.user.id });
  return { user: opened.user, tokens };
}

const LOCKED = 'Too many wrong codes for this address. Wait a little, or sign in another way.';

type Try = {
  email: string;
  codeHash: string;
  subject: string;
  session: NewSession;
};

/**
 * Spends a try, and begins a session when the code is right: all under the locks of `changeCredentials`, so that of any
 * number at once each sees what the one before it did. While the address has to wait no code is looked at.
 *
 * An account whose mailbox was not proven until now may have been registered by somebody else: nothing stays of what
 * opens it, and its owner sets a password by a mailed link.
 */
const tryCode = ({ email, codeHash, subject, session }: Try) =>
  statement(
    signedInRow,
    sql`WITH tried AS (
          UPDATE login_codes
          SET attempts = attempts + 1,
              used_at = CASE WHEN code_hash = ${codeHash} THEN now() END
          FROM users
          WHERE users.id = login_codes.user_id AND users.email = ${email} AND users.is_active
            AND login_codes.used_at IS NULL AND login_codes.expires_at > now()
            AND login_codes.attempts < ${LOGIN_CODE_TRIES}::int
            AND ${notLocked(subject)}
          RETURNING login_codes.user_id, login_codes.used_at, ${MAILBOX_IS_PROVEN} AS was_proven
        ),
        account AS (SELECT user_id AS id, was_proven FROM tried WHERE used_at IS NOT NULL),
        unproven AS (SELECT id FROM account WHERE NOT was_proven),
        ${endCredentialsCtes(sql.raw('unproven'), { loginCode: true, ...UNDO_STAYS })},
        ${endRegistrantCtes(sql.raw('unproven'))},
        proven AS (
          UPDATE users
          SET ${PROVE_MAILBOX}, password_hash = CASE WHEN owner.was_proven THEN users.password_hash END
          FROM (SELECT id AS owner_id, was_proven FROM account) AS owner WHERE users.id = owner.owner_id
          RETURNING ${USER_COLUMNS}
        ),
        ${forgiveHeldCte(subject)},
        ${verifiedCte('unproven', session.client, 'login_code')},
        ${sessionCtes(session)}
        SELECT ${USER_COLUMNS}, token.expires_at, token.added_claims, EXISTS (SELECT FROM device_mail) AS on_new_device
        FROM proven, token`,
  );
