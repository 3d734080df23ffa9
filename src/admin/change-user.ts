import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { type AuditEntry, auditCte } from '../audit/audit.ts';
import { addressSubject } from '../auth/address.ts';
import { type Administrator, actorOf, stillAdministrator } from '../auth/administrator.ts';
import { authorizeRead } from '../auth/authorize.ts';
import { switchOffCtes } from '../auth/close-account.ts';
import { changeCredentials, endAdminKeysCte } from '../auth/credential-store.ts';
import { isLastAdministrator, lockAdministrators, lockForAnother } from '../auth/last-administrator.ts';
import { type Statement, statement } from '../db/client.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { newId, type OutboxId, type UserId } from '../ids.ts';
import type { AdminDeps } from './ports.ts';
import { type AdminUser, type FoundUser, locksOf, userById, withLocks } from './user-store.ts';

/**
 * Switches an account off as its owner could: all that opens it is dead at once, what it pays for stops renewing, and
 * the owner is told. Or on again: what died stays dead, and what stopped renewing stays stopped. Two round trips.
 *
 * @throws {AppError} `user_not_found`, `last_admin`, and those of `authorize`
 */
export async function setStatus(
  deps: AdminDeps,
  admin: Administrator,
  userId: UserId,
  isActive: boolean,
): Promise<AdminUser> {
  const target = await findTarget(deps, admin, userId);
  const subject = await addressSubject(deps.validationHash, target.email);
  const mailId = newId<OutboxId>();
  const act = isActive ? ACTIVATE : deactivate(mailId, subject);
  const { user, changed } = await change(deps, admin, target, subject, act);
  if (changed && !isActive) deps.announceMail(mailId);
  return user;
}

/**
 * Makes an administrator, or takes that away: the next call is refused, and keys for administrators are dead. Two round
 * trips.
 *
 * @throws {AppError} `user_not_found`, `last_admin`, `not_verified`, and those of `authorize`
 */
export async function setRole(
  deps: AdminDeps,
  admin: Administrator,
  userId: UserId,
  isAdmin: boolean,
): Promise<AdminUser> {
  return changeAlone(deps, admin, userId, isAdmin ? PROMOTE : DEMOTE);
}

/**
 * Makes an account verified on the administrator's word, as it stands: who can sign in goes on being able to. The mailbox
 * is not proven by that. Whoever proves it later takes the account over, as if it had not been verified. Two round trips.
 *
 * @throws {AppError} `user_not_found`, and those of `authorize`
 */
export async function verifyUser(deps: AdminDeps, admin: Administrator, userId: UserId): Promise<AdminUser> {
  return changeAlone(deps, admin, userId, VERIFY);
}

/** The account that is meant. One round trip. */
export async function findTarget(deps: AdminDeps, admin: Administrator, userId: UserId): Promise<FoundUser> {
  const { results } = await authorizeRead(deps, admin.claims, { admin: true }, [userById(userId)]);
  const [[target]] = results;
  if (!target) throw new AppError('user_not_found');
  return target;
}

async function changeAlone(
  deps: AdminDeps,
  admin: Administrator,
  userId: UserId,
  act: Change,
): Promise<AdminUser> {
  const target = await findTarget(deps, admin, userId);
  const subject = await addressSubject(deps.validationHash, target.email);
  return (await change(deps, admin, target, subject, act)).user;
}

/** What an act does to the row of a user. Conditions are on `standing`, the row before it, locked. */
type Change = {
  readonly action: AuditEntry['action'];
  readonly makesAdministrator?: true;
  /** Where it is so already. */
  readonly done: SQL;
  readonly refusals?: readonly { readonly when: SQL; readonly code: ErrorCode }[];
  /** Of a SELECT of the id, when it is to be done: the CTE `account`, the row after it, and what follows from it. */
  readonly ctes: (which: SQL) => SQL;
  /** What else follows in the same transaction. */
  readonly follow?: (deps: AdminDeps, userId: UserId) => readonly Statement<z.ZodType>[];
};

const LAST_ADMIN = { when: isLastAdministrator(sql`standing`), code: 'last_admin' } as const;

const setting = (set: SQL) => (which: SQL) =>
  sql`account AS (UPDATE users SET ${set} WHERE id IN (${which}) RETURNING users.*)`;

const ACTIVATE: Change = {
  action: 'user.activate',
  done: sql`standing.is_active`,
  ctes: setting(sql`is_active = true`),
};

const deactivate = (mailId: OutboxId, subject: string): Change => ({
  action: 'user.deactivate',
  done: sql`NOT standing.is_active`,
  refusals: [LAST_ADMIN],
  ctes: (which) => switchOffCtes(which, mailId, subject),
  follow: ({ accountDeactivated }, userId) => accountDeactivated.map((follow) => follow(userId)),
});

const PROMOTE: Change = {
  action: 'user.promote',
  makesAdministrator: true,
  done: sql`standing.is_admin`,
  refusals: [{ when: sql`NOT (standing.is_active AND standing.is_verified)`, code: 'not_verified' }],
  ctes: setting(sql`is_admin = true`),
};

const DEMOTE: Change = {
  action: 'user.demote',
  done: sql`NOT standing.is_admin`,
  refusals: [LAST_ADMIN],
  ctes: (which) => sql`${setting(sql`is_admin = false`)(which)}, ${endAdminKeysCte(sql.raw('account'))}`,
};

const VERIFY: Change = {
  action: 'user.verify',
  done: sql`standing.is_verified`,
  ctes: setting(sql`is_verified = true, vouched_at = now()`),
};

/** What the audit log keeps of a user: whom it was about, its id says. */
const image = (row: 'standing' | 'account') => {
  const one = sql.raw(row);
  return sql`jsonb_build_object('is_active', ${one}.is_active, 'is_verified', ${one}.is_verified, 'is_admin', ${one}.is_admin)`;
};

/** Under the locks with which credentials change, and before these the one of who makes or takes administrators away. */
async function change(
  deps: AdminDeps,
  admin: Administrator,
  target: FoundUser,
  subject: string,
  act: Change,
): Promise<{ user: AdminUser; changed: boolean }> {
  const [[written], found, locks] = await changeCredentials(
    deps.db,
    sql`SELECT ${target.id}::uuid`,
    [],
    [
      write(admin, target.id, act),
      userById(target.id),
      locksOf([subject]),
      ...(act.follow?.(deps, target.id) ?? []),
    ] as const,
    act.makesAdministrator ? [lockForAnother] : lockAdministrators(target.id),
  );
  const [user] = withLocks(found, [subject], locks);
  if (!written || !user) throw new AppError('user_not_found');
  if (written.refusal) throw new AppError(written.refusal);
  return { user, changed: written.changed };
}

const write = (admin: Administrator, userId: UserId, { action, done, refusals = [], ctes }: Change) =>
  statement(
    z.object({
      refusal: z.enum(['admin_required', 'last_admin', 'not_verified']).nullable(),
      changed: z.boolean(),
    }),
    sql`WITH standing AS (SELECT users.* FROM users WHERE users.id = ${userId}::uuid),
        verdict AS (
          SELECT standing.id, ${done} AS is_done, CASE
            WHEN NOT ${stillAdministrator(admin)} THEN 'admin_required'
            WHEN ${done} THEN NULL
            ${sql.join(
              refusals.map(({ when, code }) => sql`WHEN ${when} THEN ${code}`),
              sql` `,
            )} END AS refusal
          FROM standing
        ),
        ${ctes(sql`SELECT id FROM verdict WHERE NOT is_done AND refusal IS NULL`)},
        audited AS (
          SELECT account.id AS target_id, ${image('standing')} AS before, ${image('account')} AS after
          FROM standing JOIN account ON account.id = standing.id
        ),
        ${auditCte(actorOf(admin), { action, targetType: 'user' })}
        SELECT refusal, EXISTS (SELECT FROM account) AS changed FROM verdict`,
  );
