import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { BATCH_ROWS, type Batch } from '../db/delete-batch.ts';

/**
 * The least that the log keeps, in seconds, whatever it is told: long enough to find out what happened. The function
 * in the database holds it as well.
 */
export const AUDIT_RETENTION_MIN_SECONDS = 30 * 86_400;

/** Rows of the audit log that are older than `AUDIT_RETENTION`. Nobody may delete any; a function of its owner's does. */
export const expiredAuditLogs = (retentionSeconds: number): Batch =>
  statement(
    z.object({ deleted: z.number() }),
    sql`SELECT delete_expired_audit_logs(make_interval(secs => ${retentionSeconds}), ${BATCH_ROWS}::int) AS deleted`,
  );
