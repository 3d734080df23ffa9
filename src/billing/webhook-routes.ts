import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { readBytes } from '../http/body.ts';
import { originOf } from '../http/client-address.ts';
import { json, problemsOnly } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import { ingestEvent } from './ingest-event.ts';

/** Events are smaller than this by far. */
const WEBHOOK_MAX_BYTES = 256 * 1_024;

const webhookRoute = createRoute({
  method: 'post',
  path: '/billing/stripe/webhook',
  tags: ['Billing'],
  summary: 'For Stripe: take an event in',
  description:
    'The raw body, signed by `Stripe-Signature`. Any order and any repetition ends in the same state.',
  responses: {
    200: json(z.object({ received: z.literal(true) }), 'It is written down; or was before.'),
    ...problemsOnly(
      'signature_invalid',
      'malformed_body',
      'body_too_large',
      'billing_not_configured',
      'database_unavailable',
      'internal_error',
    ),
  },
});

/** What a payment provider calls. Never limited: whoever has no signature costs one HMAC, and once a minute a row. */
export const createWebhookRoutes = () =>
  createRouter().openapi(webhookRoute, async (c) => {
    const body = await readBytes(c.req.raw, WEBHOOK_MAX_BYTES);
    await ingestEvent(c.var.deps, body, c.req.header('Stripe-Signature') ?? '', originOf(c));
    return c.json({ received: true as const }, 200);
  });
