import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { auditCte } from '../audit/audit.ts';
import { type Administrator, actorOf, stillAdministrator } from '../auth/administrator.ts';
import { authorizeRead } from '../auth/authorize.ts';
import type { Caller } from '../auth/ports.ts';
import { statement } from '../db/client.ts';
import { done, id, instant } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import type { OutboxId } from '../ids.ts';
import { MAIL_STATUSES } from '../mail/store.ts';
import { countUpTo, type Listed, listed, type Page, slice, where } from './listing.ts';
import type { AdminDeps } from './ports.ts';
import { readAsAdministrator } from './read.ts';

/** A mail of the outbox, without what it says. */
export type OutboxMail = z.output<typeof mailRow>;

export type MailFilter = {
  readonly status?: OutboxMail['status'] | undefined;
  readonly kind?: string | undefined;
  readonly recipient?: string | undefined;
};

const columns = {
  id: id<OutboxId>(),
  kind: z.string(),
  recipient: z.string(),
  status: z.enum(MAIL_STATUSES),
  attempts: z.number(),
  last_error: z.string().nullable(),
  created_at: instant,
  sent_at: instant.nullable(),
};
const mailRow = z.object(columns);
const COLUMNS = sql.raw(Object.keys(columns).join(', '));

/** Mails, the newest first. One round trip. */
export async function listMails(
  deps: AdminDeps,
  caller: Caller,
  filter: MailFilter,
  page: Page,
): Promise<Listed<OutboxMail>> {
  const { rows: find, count } = mailsBy(filter, page);
  const [rows, [counted]] = await readAsAdministrator(deps, caller, [find, count]);
  return listed(rows, counted?.total, page, false);
}

/** Mails, the newest first, and how they are counted. */
export function mailsBy({ status, kind, recipient }: MailFilter, page: Page) {
  const matches = where([
    status && sql`status = ${status}`,
    kind && sql`kind = ${kind}`,
    recipient && sql`recipient = ${recipient}`,
  ]);
  return {
    rows: statement(
      mailRow,
      sql`SELECT ${COLUMNS} FROM outbox WHERE ${matches} ORDER BY created_at DESC, id DESC ${slice(page)}`,
    ),
    count: countUpTo(sql`outbox WHERE ${matches}`),
  };
}

/**
 * Sends a mail again that failed for good, with as many attempts as a new one. Of any number at once one does. Two
 * round trips. A link in it that has expired meanwhile, or was replaced, stays so: its owner asks for another.
 *
 * @throws {AppError} `mail_not_found`, `mail_not_replayable`, and those of `authorize`
 */
export async function replayMail(deps: AdminDeps, admin: Administrator, mailId: OutboxId): Promise<void> {
  const { results } = await authorizeRead(deps, admin.claims, { admin: true }, [
    statement(done, sql`SELECT 1 AS done FROM outbox WHERE id = ${mailId}::uuid`),
  ]);
  if (!results[0][0]) throw new AppError('mail_not_found');
  const [replayed] = await deps.db.query(replay(admin, mailId));
  if (!replayed?.allowed) throw new AppError('admin_required');
  if (!replayed.done) throw new AppError('mail_not_replayable');
  deps.announceMail(mailId);
}

const replay = (admin: Administrator, mailId: OutboxId) =>
  statement(
    z.object({ allowed: z.boolean(), done: z.boolean() }),
    sql`WITH verdict AS (SELECT ${stillAdministrator(admin)} AS allowed),
        standing AS (
          SELECT id, kind, status, attempts, last_error FROM outbox, verdict
          WHERE id = ${mailId}::uuid AND status = 'dead' AND verdict.allowed
          FOR UPDATE OF outbox
        ),
        replayed AS (
          UPDATE outbox SET status = 'pending', attempts = 0, locked_until = NULL, last_error = NULL, next_attempt_at = now()
          FROM standing WHERE outbox.id = standing.id
          RETURNING outbox.id, outbox.status
        ),
        audited AS (
          SELECT standing.id AS target_id,
                 jsonb_build_object('kind', standing.kind, 'status', standing.status, 'attempts', standing.attempts,
                                    'last_error', standing.last_error) AS before,
                 jsonb_build_object('kind', standing.kind, 'status', replayed.status) AS after
          FROM standing JOIN replayed ON replayed.id = standing.id
        ),
        ${auditCte(actorOf(admin), { action: 'mail.replay', targetType: 'mail' })}
        SELECT allowed, EXISTS (SELECT FROM replayed) AS done FROM verdict`,
  );
