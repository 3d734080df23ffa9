import Stripe from 'stripe';
import type { ProviderEvent } from '../../billing/ports.ts';
import { AppError } from '../../errors.ts';
import type { StripeConfig } from './client.ts';
import { toEvent } from './convert.ts';

/** How old, and how far ahead, a signature may be. The SDK looks at the age alone. */
const TOLERANCE_SECONDS = 300;

/**
 * The event in a signed body. One of the other mode (live or test) than the key's is refused like a bad signature:
 * it belongs to an account that this service doesn't serve.
 *
 * @throws {AppError} `signature_invalid`, `malformed_body`
 */
export async function verifyWebhook(
  { secretKey, webhookSecret }: StripeConfig,
  body: Uint8Array,
  signature: string,
  now: Date,
): Promise<ProviderEvent> {
  if (!webhookSecret) throw new AppError('billing_not_configured');
  const nowSeconds = Math.floor(now.getTime() / 1_000);
  const event = await Stripe.webhooks
    .constructEventAsync(body, signature, webhookSecret, TOLERANCE_SECONDS, undefined, now.getTime())
    .catch((cause: unknown) => {
      if (cause instanceof Stripe.errors.StripeSignatureVerificationError) {
        throw new AppError('signature_invalid', { cause });
      }
      throw new AppError('malformed_body', { cause });
    });
  const signedAt = Number(/(?:^|,)\s*t=(\d+)/.exec(signature)?.[1]);
  if (!(signedAt <= nowSeconds + TOLERANCE_SECONDS)) throw new AppError('signature_invalid');
  if (event.livemode !== isLive(secretKey)) throw new AppError('signature_invalid');
  return readEvent(event);
}

/** Signed, and still not an event that we can read: refused, so that whoever sends it sees it. */
function readEvent(event: Stripe.Event): ProviderEvent {
  const { id, type, created, data } = event as Partial<Stripe.Event>;
  const readable =
    typeof id === 'string' &&
    /^[\w-]{1,255}$/.test(id) &&
    typeof type === 'string' &&
    Number.isSafeInteger(created) &&
    Math.abs(created ?? 0) < 1e11 &&
    typeof data?.object === 'object' &&
    data.object !== null;
  if (!readable) throw new AppError('malformed_body');
  return toEvent(event);
}

const isLive = (secretKey: string) => /^(sk|rk)_live_/.test(secretKey);
