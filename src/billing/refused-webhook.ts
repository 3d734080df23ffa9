import { sql } from 'drizzle-orm';
import { type Origin, rareEvent } from '../audit/audit.ts';
import { type Db, statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import type { AppError } from '../errors.ts';

const MINUTE_MS = 60_000;

/** What this isolate knows of the refusals that are in the log. */
export type RefusedWebhooks = {
  /** The minute of the last one that it wrote there, or is writing. */
  noted: number | undefined;
};

/**
 * Writes into the audit log that a webhook was refused, the first of a minute. Anybody may send one, as often as they
 * like: an isolate asks the database once a minute and of all isolates one leaves a row.
 */
export async function noteRefusal(
  { db, refusedWebhooks }: { readonly db: Db; readonly refusedWebhooks: RefusedWebhooks },
  provider: string,
  reason: AppError['code'],
  origin: Origin,
): Promise<void> {
  const minute = Math.floor(Date.now() / MINUTE_MS);
  if (refusedWebhooks.noted === minute) return;
  // Before the answer, so that what comes in meanwhile does not ask as well.
  refusedWebhooks.noted = minute;
  try {
    await db.query(
      statement(
        done,
        rareEvent(
          'webhook.refused',
          'webhook',
          origin,
          sql`SELECT ${provider}::text, jsonb_build_object('reason', ${reason}::text)`,
        ),
      ),
    );
  } catch (error) {
    if (refusedWebhooks.noted === minute) refusedWebhooks.noted = undefined;
    throw error;
  }
}
