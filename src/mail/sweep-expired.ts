import { sql } from 'drizzle-orm';
import { type Batch, deleteBatch } from '../db/delete-batch.ts';

/** Mails that are of no use any more. Recipients are personal, so what was sent does not stay; dead ones wait for a person. */
export const EXPIRED_MAIL: Readonly<Record<string, Batch>> = {
  outbox: deleteBatch('outbox', sql`outbox.status = 'sent' AND outbox.sent_at < now() - interval '30 days'`),
  mail_quotas: deleteBatch(
    'mail_quotas',
    sql`mail_quotas.sent_at[cardinality(mail_quotas.sent_at)] < now() - interval '1 day'`,
  ),
};
