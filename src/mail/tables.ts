import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { base, instant } from '../db/columns.ts';
import { MAIL_STATUSES } from './store.ts';

/** Every mail there ever was to send, written in the same transaction as the change it tells of. */
export const outbox = pgTable(
  'outbox',
  {
    ...base,
    /** The account that the mail is about or for; null when there is none, or none any more. */
    userId: uuid('user_id'),
    kind: text('kind').notNull(),
    recipient: text('recipient').notNull(),
    /** What the template needs, never a secret: links are derived when the mail is made. */
    payload: jsonb('payload').notNull(),
    /** One mail a key. An act that has no name of its own to repeat under takes the row's id. */
    dedupeKey: text('dedupe_key').notNull(),
    status: text('status', { enum: MAIL_STATUSES }).notNull().default('pending'),
    attempts: integer('attempts').notNull().default(0),
    /** From when the sweep may take it; the queue is quicker when it works. */
    nextAttemptAt: instant('next_attempt_at').notNull(),
    /** Lease of whoever is sending it now. */
    lockedUntil: instant('locked_until'),
    lastError: text('last_error'),
    sentAt: instant('sent_at'),
  },
  (t) => [
    uniqueIndex('outbox_dedupe_key_key').on(t.dedupeKey),
    index('outbox_user_id_idx').on(t.userId),
    index('outbox_created_at_idx').on(t.createdAt, t.id),
    index('outbox_kind_idx').on(t.kind, t.createdAt, t.id),
    index('outbox_recipient_idx').on(t.recipient, t.createdAt),
    index('outbox_dead_idx').on(t.createdAt, t.id).where(sql`${t.status} = 'dead'`),
    index('outbox_due_idx').on(t.nextAttemptAt).where(sql`${t.status} = 'pending'`),
  ],
);

/** The last mails of a kind to an address, so that nobody's mailbox can be flooded through us. */
export const mailQuotas = pgTable(
  'mail_quotas',
  {
    /** Keyed hash of the address; the account's id for what only its sign-ins or administrators have mailed. */
    subject: text('subject').notNull(),
    kind: text('kind').notNull(),
    sentAt: instant('sent_at').array().notNull(),
  },
  (t) => [primaryKey({ columns: [t.subject, t.kind] })],
);
