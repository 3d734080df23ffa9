import { sql } from 'drizzle-orm';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import { type LoginCodeId, newId, type OutboxId } from '../ids.ts';
import { mailCtes } from '../mail/outbox.ts';
import { addressSubject } from './address.ts';
import { loginCodeHash, loginCodeOf } from './login-code.ts';
import { activeAccountCte, likeAMailCte } from './mail-request.ts';
import type { AuthDeps } from './ports.ts';
import { LOGIN_CODE_TTL_SECONDS } from './rules.ts';

/**
 * Mails a code to sign in with, which kills the older one, if an active account has the address. One round trip and
 * the same work when none has.
 *
 * @throws {AppError} `mail_not_configured`
 */
export async function requestLoginCode(deps: AuthDeps, email: string): Promise<void> {
  if (!deps.mailConfigured) throw new AppError('mail_not_configured');
  const id = newId<LoginCodeId>();
  const code = await loginCodeOf(deps.validationHash, id);
  const mail = {
    id,
    email,
    codeHash: await loginCodeHash(deps.validationHash, email, code),
    subject: await addressSubject(deps.validationHash, email),
    outboxId: newId<OutboxId>(),
  };
  await deps.db.query(writeCode(mail));
  // Told either way, like the link of forgot-password.ts.
  deps.announceMail(mail.outboxId);
}

type CodeMail = { id: LoginCodeId; email: string; codeHash: string; subject: string; outboxId: OutboxId };

const writeCode = (mail: CodeMail) =>
  statement(
    done,
    sql`WITH ${activeAccountCte(mail.email)},
        letter AS (
          SELECT id AS user_id, 'login_code' AS kind, email AS recipient,
                 jsonb_build_object('username', username, 'code_id', ${mail.id}::text,
                   'ttl_seconds', ${LOGIN_CODE_TTL_SECONDS}::int) AS payload
          FROM account
        ),
        ${mailCtes(mail.outboxId, mail.subject)},
        ${likeAMailCte('login_code', mail.subject)},
        code AS (
          INSERT INTO login_codes (id, user_id, code_hash, expires_at)
          SELECT ${mail.id}::uuid, account.id, ${mail.codeHash}, now() + make_interval(secs => ${LOGIN_CODE_TTL_SECONDS})
          FROM account, granted
          ON CONFLICT (user_id) DO UPDATE
            SET id = excluded.id, code_hash = excluded.code_hash, attempts = 0, expires_at = excluded.expires_at,
                used_at = NULL
        )
        SELECT 1 AS done FROM mail`,
  );
