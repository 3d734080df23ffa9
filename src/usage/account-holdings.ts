import { sql } from 'drizzle-orm';
import * as z from 'zod';
import type { AccountHolding } from '../auth/ports.ts';
import { statement } from '../db/client.ts';
import type { UserId } from '../ids.ts';

/** A point in time as the wire has it; an export goes out as it was read. */
const at = z.string().transform((value) => new Date(value).toISOString());

const events = (userId: UserId) =>
  statement(
    z.object({
      metric: z.string(),
      quantity: z.number(),
      idempotency_key: z.string(),
      period_start: at,
      created_at: at,
    }),
    sql`SELECT metric, quantity, idempotency_key, period_start, created_at
        FROM usage_events WHERE user_id = ${userId} ORDER BY created_at`,
  );

/** What is held of the use that an account made of things. */
export const USAGE_HOLDINGS: readonly AccountHolding[] = [{ name: 'usage', rows: events }];
