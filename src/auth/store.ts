import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { eventCte, type Origin } from '../audit/audit.ts';
import { statement } from '../db/client.ts';
import { done, id, instant } from '../db/rows.ts';
import type { OneTimeTokenId, OutboxId, UserId } from '../ids.ts';
import { mailCtes } from '../mail/outbox.ts';
import { addedClaims } from './added-claims.ts';
import { MAILBOX_IS_PROVEN, PROVE_MAILBOX } from './proven.ts';

/** An account as the service knows it; never the password hash. */
export type User = {
  readonly id: UserId;
  readonly email: string;
  readonly username: string;
  readonly provider: 'local' | 'google' | 'github';
  readonly isActive: boolean;
  readonly isVerified: boolean;
  readonly isAdmin: boolean;
  readonly createdAt: Date;
};

/** The columns of an account, and below what becomes of them. */
export const userColumns = {
  id: id<UserId>(),
  email: z.string(),
  username: z.string(),
  provider: z.enum(['local', 'google', 'github']),
  is_active: z.boolean(),
  is_verified: z.boolean(),
  is_admin: z.boolean(),
  created_at: instant,
};
export const USER_COLUMNS = sql.raw(Object.keys(userColumns).join(', '));

const userRow = z.object(userColumns).transform(toUser);

export function toUser(row: z.output<z.ZodObject<typeof userColumns>>): User {
  return {
    id: row.id,
    email: row.email,
    username: row.username,
    provider: row.provider,
    isActive: row.is_active,
    isVerified: row.is_verified,
    isAdmin: row.is_admin,
    createdAt: row.created_at,
  };
}

/** An account that just signed in, when its refresh token expires, and whether a mail tells of the device. */
export const signedInRow = z
  .object({ ...userColumns, expires_at: instant, on_new_device: z.boolean(), added_claims: addedClaims })
  .transform((row) => ({
    user: toUser(row),
    expiresAt: row.expires_at,
    onNewDevice: row.on_new_device,
    addedClaims: row.added_claims,
  }));

/** The account behind an address, with what its password is checked against. */
export const accountByEmail = (email: string) =>
  statement(
    z
      .object({ ...userColumns, password_hash: z.string().nullable() })
      .transform((row) => ({ user: toUser(row), passwordHash: row.password_hash })),
    sql`SELECT ${USER_COLUMNS}, password_hash FROM users WHERE email = ${email}`,
  );

export type NewAccount = {
  readonly id: UserId;
  readonly email: string;
  readonly username: string;
  readonly passwordHash: string;
};

/** The link and the mail that a verification sends out. */
export type VerificationMail = {
  readonly tokenId: OneTimeTokenId;
  readonly outboxId: OutboxId;
  readonly subject: string;
  readonly ttlSeconds: number;
};

/**
 * An account with its verification link and mail; without these two when the address has had its five mails of the
 * hour. A taken address or username violates `users_email_key` or `users_username_key`, and then nothing is written.
 */
export const createAccount = (account: NewAccount, verification: VerificationMail, origin: Origin) =>
  statement(
    userRow,
    sql`WITH account AS (
          INSERT INTO users (id, email, username, password_hash)
          VALUES (${account.id}, ${account.email}, ${account.username}, ${account.passwordHash})
          RETURNING ${USER_COLUMNS}
        ),
        letter AS (
          SELECT id AS user_id, 'verify_email' AS kind, email AS recipient,
                 jsonb_build_object('username', username, 'token_id', ${verification.tokenId}::text) AS payload
          FROM account
        ),
        ${mailCtes(verification.outboxId, verification.subject)},
        ${verificationLinkCte(verification)},
        ${registeredCte(origin)}
        SELECT ${USER_COLUMNS} FROM account`,
  );

/**
 * The same where the existence of accounts is hidden: nothing is violated, and whoever owns the address learns
 * by mail what the answer does not say. A loser of a race sees neither row yet and sends nothing.
 */
export const createAccountQuietly = (account: NewAccount, verification: VerificationMail, origin: Origin) =>
  statement(
    done,
    sql`WITH account AS (
          INSERT INTO users (id, email, username, password_hash)
          VALUES (${account.id}, ${account.email}, ${account.username}, ${account.passwordHash})
          ON CONFLICT DO NOTHING
          RETURNING id, email, username
        ),
        letter AS (
          SELECT id AS user_id, 'verify_email' AS kind, email AS recipient,
                 jsonb_build_object('username', username, 'token_id', ${verification.tokenId}::text) AS payload
          FROM account
          UNION ALL
          SELECT id, 'account_exists', email, jsonb_build_object('username', username)
          FROM users WHERE email = ${account.email}
          UNION ALL
          SELECT NULL::uuid, 'username_unavailable', ${account.email}, jsonb_build_object('username', ${account.username}::text)
          WHERE EXISTS (SELECT FROM users WHERE lower(username) = lower(${account.username}))
            AND NOT EXISTS (SELECT FROM users WHERE email = ${account.email})
        ),
        ${mailCtes(verification.outboxId, verification.subject)},
        ${verificationLinkCte(verification)},
        ${registeredCte(origin)}
        SELECT 1 AS done FROM mail`,
  );

const registeredCte = (origin: Origin) =>
  eventCte(
    'auth.registered',
    'user',
    origin,
    sql`SELECT id, id, NULL, jsonb_build_object('provider', 'local') FROM account`,
  );

/** The event that the mailbox of the accounts in a CTE is proven, and by what. */
export const verifiedCte = (
  accounts: 'verified' | 'unproven' | 'claimed',
  origin: Origin,
  by: 'link' | 'login_code' | 'reset' | User['provider'],
) =>
  eventCte(
    'auth.verified',
    'user',
    origin,
    sql`SELECT id, id, NULL, jsonb_build_object('by', ${by}::text) FROM ${sql.identifier(accounts)}`,
  );

/** A new verification link for an account that has none proven; the older one dies with it. */
export const requestVerification = (userId: UserId, verification: VerificationMail) =>
  statement(
    done,
    sql`WITH account AS (
          SELECT id, email, username FROM users WHERE id = ${userId} AND is_active AND NOT is_verified
        ),
        letter AS (
          SELECT id AS user_id, 'verify_email' AS kind, email AS recipient,
                 jsonb_build_object('username', username, 'token_id', ${verification.tokenId}::text) AS payload
          FROM account
        ),
        ${mailCtes(verification.outboxId, verification.subject)},
        ${verificationLinkCte(verification)}
        SELECT 1 AS done FROM mail`,
  );

/** `link`: the row behind a verification link, for the `account` that was `granted` its mail. */
function verificationLinkCte({ tokenId, ttlSeconds }: VerificationMail) {
  return sql`
    link AS (
      INSERT INTO one_time_tokens (id, user_id, purpose, email, expires_at)
      SELECT ${tokenId}::uuid, account.id, 'verify_email', account.email, now() + make_interval(secs => ${ttlSeconds})
      FROM account, granted
      ON CONFLICT (user_id, purpose) DO UPDATE
        SET id = excluded.id, email = excluded.email, expires_at = excluded.expires_at, used_at = NULL
    )`;
}

/**
 * Uses a verification link: marks it, and the account as verified when the mailbox is still the account's.
 * Answers a row when the mailbox stands proven by this link, now or before. Both rows are locked before they
 * are judged: of several at once one does it and the others see it done, and an account that is just changing its
 * address is seen with the new one.
 */
export const consumeVerification = (tokenId: OneTimeTokenId, origin: Origin) =>
  statement(
    done,
    sql`WITH link AS (
          SELECT id, user_id, email, used_at, expires_at FROM one_time_tokens
          WHERE id = ${tokenId} AND purpose = 'verify_email'
          FOR UPDATE
        ),
        account AS (
          SELECT users.id FROM users JOIN link ON users.id = link.user_id AND users.email = link.email
          WHERE users.is_active AND (link.used_at IS NOT NULL OR link.expires_at > now())
          FOR NO KEY UPDATE OF users
        ),
        used AS (
          UPDATE one_time_tokens SET used_at = now()
          FROM link, account WHERE one_time_tokens.id = link.id AND link.used_at IS NULL
          RETURNING one_time_tokens.user_id
        ),
        verified AS (
          UPDATE users SET ${PROVE_MAILBOX} FROM used WHERE users.id = used.user_id AND NOT ${MAILBOX_IS_PROVEN}
          RETURNING users.id
        ),
        ${verifiedCte('verified', origin, 'link')}
        SELECT 1 AS done FROM account`,
  );
