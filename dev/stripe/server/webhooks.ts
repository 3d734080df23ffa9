import { createHmac } from 'node:crypto';
import type { Account } from '../account/account.ts';
import type { EventRecord } from '../account/state.ts';

const ANSWER_PATIENCE_MS = 10_000;

/** Stripe's signature over a body: an HMAC over the time, a dot and the text. The time is always the real one. */
export function signatureOf(body: string, secret: string, now = Math.floor(Date.now() / 1000)): string {
  const digest = createHmac('sha256', secret).update(`${now}.${body}`).digest('hex');
  return `t=${now},v1=${digest}`;
}

export function bodyOf({ event }: EventRecord): string {
  return JSON.stringify(event, null, 2);
}

/** Posts an event to an account's endpoint, once, and writes down what came of it. */
export async function deliver(account: Account, record: EventRecord): Promise<boolean> {
  const { webhookUrl, webhookSecret } = account.state.settings;
  if (!webhookUrl) throw new Error('This account has no webhook address.');
  const body = bodyOf(record);
  const delivery: EventRecord['deliveries'][number] = {
    at: new Date().toISOString(),
    status: null,
    error: null,
  };
  record.deliveries.push(delivery);
  try {
    const response = await fetch(webhookUrl, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_PATIENCE_MS),
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'Stripe-Signature': signatureOf(body, webhookSecret),
        'User-Agent': 'Stripe/1.0 (emulated)',
      },
      body,
    });
    delivery.status = response.status;
    await response.arrayBuffer();
  } catch (error) {
    delivery.error = String(error);
  }
  const arrived = delivery.status !== null && delivery.status >= 200 && delivery.status < 300;
  if (arrived) record.event.pending_webhooks = 0;
  account.changed();
  return arrived;
}

/** Delivers what happens as it happens, again and again until it is taken. Like Stripe, in no promised order. */
export class Pusher {
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  push(account: Account, eventId: string): void {
    const { mode, webhookUrl } = account.state.settings;
    if (mode === 'push' && webhookUrl) this.#attempt(account, eventId, 0, 0);
  }

  /** Goes on with what was not taken yet when the last run ended. */
  resume(account: Account): void {
    for (const { event } of account.state.events) {
      if (event.pending_webhooks > 0) this.push(account, event.id);
    }
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #attempt(account: Account, eventId: string, attempt: number, waitSeconds: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const record = account.state.events.find(({ event }) => event.id === eventId);
      if (!record) return;
      deliver(account, record).then(
        (arrived) => {
          const wait = account.state.settings.deliverySchedule[attempt];
          if (!arrived && wait !== undefined && !this.#closed) {
            this.#attempt(account, eventId, attempt + 1, wait);
          }
        },
        (error: unknown) => console.error(`Stripe emulator: ${eventId} could not be delivered:`, error),
      );
    }, waitSeconds * 1000);
    this.#timers.add(timer);
  }
}
