import { sql } from 'drizzle-orm';
import { type Batch, deleteBatch } from '../db/delete-batch.ts';

export const EXPIRED_EXPORTS: Readonly<Record<string, Batch>> = {
  admin_exports: deleteBatch('admin_exports', sql`admin_exports.expires_at <= now()`),
};
