import { sql } from 'drizzle-orm';
import { type Db, statement } from '../db/client.ts';
import { done } from '../db/rows.ts';

/** @throws {AppError} `database_unavailable` */
export async function reachDatabase(db: Db): Promise<void> {
  await db.query(statement(done, sql`SELECT 1 AS done`));
}
