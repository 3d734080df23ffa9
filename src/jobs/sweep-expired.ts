import { EXPIRED_EXPORTS } from '../admin/sweep-expired.ts';
import { expiredAuditLogs } from '../audit/sweep-expired.ts';
import { EXPIRED } from '../auth/sweep-expired.ts';
import { EXPIRED_BILLING } from '../billing/sweep-expired.ts';
import type { Db } from '../db/client.ts';
import { BATCH_ROWS } from '../db/delete-batch.ts';
import { EXPIRED_MAIL } from '../mail/sweep-expired.ts';
import type { Settings } from '../settings.ts';
import { EXPIRED_USAGE } from '../usage/sweep-expired.ts';

const ALL_EXPIRED = { ...EXPIRED, ...EXPIRED_MAIL, ...EXPIRED_BILLING, ...EXPIRED_USAGE, ...EXPIRED_EXPORTS };

/** What a run takes from one table at most, in batches. The rest is the next run's. */
const BATCHES_PER_RUN = 5;

/**
 * Deletes what is over, a bounded amount of each kind, and answers how many rows of which table. Each statement is its
 * own transaction: sweeps that run at once hold nothing that another waits for.
 */
export async function sweepExpired({
  db,
  settings,
}: {
  readonly db: Db;
  readonly settings: Pick<Settings, 'AUDIT_RETENTION'>;
}): Promise<Record<string, number>> {
  const expired = { ...ALL_EXPIRED, admin_audit_logs: expiredAuditLogs(settings.AUDIT_RETENTION) };
  const count: Record<string, number> = {};
  for (const [table, batch] of Object.entries(expired)) {
    let total = 0;
    for (let run = 0; run < BATCHES_PER_RUN; run++) {
      const [answer] = await db.query(batch);
      const deleted = answer?.deleted ?? 0;
      total += deleted;
      if (deleted < BATCH_ROWS) break;
    }
    count[table] = total;
  }
  return count;
}
