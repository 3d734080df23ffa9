import { createExecutionContext } from 'cloudflare:test';
import { buildJobDeps } from '../../src/deps.ts';
import { newId, type OutboxId } from '../../src/ids.ts';
import type { CronDeps } from '../../src/jobs/run-cron.ts';
import { readSettings } from '../../src/settings.ts';
import type { Service } from '../support/service.ts';

/** Nothing listens there. */
export const NO_MAIL_SERVER = { SMTP_PORT: '1' };

/** What the consumer and the cron are given. */
export function jobDeps(service: Service, overrides: Record<string, unknown> = {}): CronDeps {
  const environment = service.environment(overrides);
  return buildJobDeps(readSettings(environment), environment, createExecutionContext());
}

type Row = {
  kind?: string;
  payload?: Record<string, unknown>;
  attempts?: number;
  /** Negative for overdue. */
  dueInSeconds?: number;
  /** Negative for a lease that ran out. */
  leasedForSeconds?: number;
};

/** Puts a mail into the outbox, to an address that gets no other. */
export async function putMail(service: Service, row: Row = {}): Promise<{ id: OutboxId; recipient: string }> {
  const id = newId<OutboxId>();
  const recipient = `${id}@acme.test`;
  await service.sql(
    `INSERT INTO outbox (id, kind, recipient, payload, dedupe_key, attempts, next_attempt_at, locked_until)
     VALUES ($1::uuid, $2, $3, $4, $1, $5, now() + make_interval(secs => $6), now() + make_interval(secs => $7))`,
    [
      id,
      row.kind ?? 'account_exists',
      recipient,
      JSON.stringify(row.payload ?? { username: 'ada' }),
      row.attempts ?? 0,
      row.dueInSeconds ?? 0,
      row.leasedForSeconds ?? null,
    ],
  );
  return { id, recipient };
}

/** A mail's row, with the times as seconds from now. */
export async function readMail(service: Service, id: OutboxId) {
  const [row] = await service.sql(
    `SELECT status, attempts, last_error, sent_at IS NOT NULL AS has_sent_at,
            locked_until > now() AS leased,
            extract(epoch FROM next_attempt_at - now())::float AS due_in
     FROM outbox WHERE id = $1`,
    [id],
  );
  if (!row) throw new Error('no such mail');
  return row;
}
