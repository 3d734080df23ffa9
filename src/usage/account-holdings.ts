import { sql } from 'drizzle-orm';
import * as z from 'zod';
import type { AccountHolding } from '../auth/ports.ts';
import { statement } from '../db/client.ts';
import type { UserId } from '../ids.ts';

const events = (userId: UserId) =>
  statement(
    z.object({ metric: z.string(), day: z.string(), reports: z.number(), quantity: z.coerce.number() }),
    sql`SELECT metric, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*)::int AS reports,
               sum(quantity)::bigint AS quantity
        FROM usage_events WHERE user_id = ${userId} GROUP BY 1, 2 ORDER BY 2, 1`,
  );

/** What is held of the use that an account made of things, by the day: there may be millions of reports. */
export const USAGE_HOLDINGS: readonly AccountHolding[] = [{ name: 'usage', rows: events }];
