import { type SQL, sql } from 'drizzle-orm';

/** `account(id, email, username)`: the active account of an address. */
export function activeAccountCte(email: string): SQL {
  return sql`
    account AS (SELECT id, email, username FROM users WHERE email = ${email} AND is_active)`;
}

/**
 * Follows a `letter` that only goes to an address with an account, and writes the quota of one that has none: an
 * answer after a statement that wrote takes a commit longer than one after a statement that found nothing.
 */
export function likeAMailCte(kind: string, subject: string): SQL {
  return sql`
    like_a_mail AS (
      INSERT INTO mail_quotas AS quota (subject, kind, sent_at)
      SELECT ${subject}, ${kind}, ARRAY[now()] WHERE NOT EXISTS (SELECT FROM letter)
      ON CONFLICT (subject, kind) DO UPDATE SET sent_at = ARRAY[now()]
    )`;
}
