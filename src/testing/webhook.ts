import { toHex } from '../encoding.ts';

/** An event of Stripe's, as far as the service looks at it. */
export type TestEvent = {
  /** As `customer.subscription.updated`. */
  readonly type: string;
  /** What it is about, with its `id` and `object`. */
  readonly object: Readonly<Record<string, unknown>>;
  /** A fresh one when left out; the same twice is a repetition. */
  readonly id?: string;
  /** When it was made; now when left out. */
  readonly created?: Date;
};

export type SignedWebhook = { readonly body: string; readonly headers: Readonly<Record<string, string>> };

/** The body and the headers of a webhook as Stripe signs it: HMAC-SHA256 of `<seconds>.<body>`. */
export async function signWebhook(
  secret: string,
  event: TestEvent,
  signedAt = new Date(),
): Promise<SignedWebhook> {
  const { id = `evt_${crypto.randomUUID().replaceAll('-', '')}`, created = new Date() } = event;
  const body = JSON.stringify({
    id,
    object: 'event',
    type: event.type,
    created: seconds(created),
    livemode: false,
    data: { object: event.object },
  });
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign']);
  const signature = await crypto.subtle.sign('HMAC', key, encoder.encode(`${seconds(signedAt)}.${body}`));
  return {
    body,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Stripe-Signature': `t=${seconds(signedAt)},v1=${toHex(new Uint8Array(signature))}`,
    },
  };
}

const seconds = (date: Date) => Math.floor(date.getTime() / 1_000);
