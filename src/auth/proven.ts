import { sql } from 'drizzle-orm';

/**
 * Whether somebody has proven that they read the mailbox. An administrator's word makes an account verified and proves
 * nothing: whoever does read the mailbox may still be somebody else than who registered.
 */
export const MAILBOX_IS_PROVEN = sql`(users.is_verified AND users.vouched_at IS NULL)`;

/** What an `UPDATE users` sets once it is. */
export const PROVE_MAILBOX = sql`is_verified = true, vouched_at = NULL`;
