import type * as z from 'zod';
import type { Db } from '../db/client.ts';
import type { OutboxId } from '../ids.ts';
import type { Settings } from '../settings.ts';
import { MailContent } from './kinds.ts';
import { type Mailer, type MailLinks, type MailMessage, MailNotAccepted } from './ports.ts';
import { renderMail } from './render.ts';
import { claim, markFailed, markSent } from './store.ts';

export type DeliverDeps = {
  readonly db: Db;
  readonly mailer: Mailer;
  readonly links: MailLinks;
  readonly settings: Pick<Settings, 'APP_NAME' | 'APP_URL' | 'FRONTEND_URL' | 'VALIDATION_TOKEN_EXPIRE'>;
};

/**
 * What became of a mail: `sent` now; `skipped`, because it was sent before, is dead, or somebody else is sending
 * it; `dead`, because this was the last attempt; or to be tried again.
 */
export type Delivery = 'sent' | 'skipped' | 'dead' | { readonly retryAfterSeconds: number };

/** Waits after the first, second and third failure. The last outlasts the usual greylisting (RFC 6647 §5). */
const BACKOFF_SECONDS = [10, 60, 330];

/** Waits before each try to write down that a mail went out; together well within the lease. */
const SETTLE_AFTER_MS = [0, 1_000, 3_000];

/**
 * Sends one mail of the outbox, once, however many ask for it at the same time or again later.
 *
 * What can't be excluded: when we die between the server's acceptance and our note of it, the lease runs out and
 * the mail goes out again, under the same Message-ID. SMTP has no transaction to share with a database.
 *
 * @throws {AppError} `database_unavailable`: the mail is still pending, or its lease will run out
 */
export async function deliver(deps: DeliverDeps, outboxId: OutboxId): Promise<Delivery> {
  const [claimed] = await deps.db.query(claim(outboxId));
  if (!claimed) return 'skipped';
  try {
    await deps.mailer.send(await compose(deps, outboxId, claimed));
  } catch (error) {
    return giveBack(deps.db, outboxId, claimed.attempt, error);
  }
  await settle(deps.db, outboxId);
  return 'sent';
}

type Claimed = z.output<ReturnType<typeof claim>['row']>;

async function compose(
  { links, settings }: DeliverDeps,
  outboxId: OutboxId,
  row: Claimed,
): Promise<MailMessage> {
  const content = MailContent.parse({ ...row.payload, kind: row.kind });
  const mail = await renderMail(content, {
    appName: settings.APP_NAME,
    frontendUrl: settings.FRONTEND_URL,
    linkTtlSeconds: settings.VALIDATION_TOKEN_EXPIRE,
    links,
  });
  const messageId = `<${outboxId}@${new URL(settings.APP_URL).hostname}>`;
  return { ...mail, to: row.recipient, messageId };
}

async function giveBack(db: Db, outboxId: OutboxId, attempt: number, error: unknown): Promise<Delivery> {
  const retryAfterSeconds = BACKOFF_SECONDS[attempt - 1] ?? 0;
  const [row] = await db.query(markFailed(outboxId, attempt, reasonOf(error), retryAfterSeconds));
  if (!row) return 'skipped';
  return row.status === 'dead' ? 'dead' : { retryAfterSeconds };
}

/** What an administrator reads. Of an error we don't know only the name: its message may hold anything. */
function reasonOf(error: unknown): string {
  if (error instanceof MailNotAccepted) return error.message;
  return error instanceof Error ? `failed with ${error.name}` : 'failed';
}

/** Insists, because a mail that went out and is not known to have gone goes out twice. */
async function settle(db: Db, outboxId: OutboxId): Promise<void> {
  let failure: unknown;
  for (const pause of SETTLE_AFTER_MS) {
    if (pause > 0) await scheduler.wait(pause);
    try {
      await db.query(markSent(outboxId));
      return;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
