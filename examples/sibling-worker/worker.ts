// A Worker beside Tollgate: one route for everybody who is signed in, one for accounts that pay, and what they use.
import { Hono } from 'hono';
import { refusalResponse, type TollgateService } from 'tollgate/rpc';

const app = new Hono<{ Bindings: { AUTH: Service<TollgateService> } }>();

app.get('/whoami', async (c) => {
  const caller = await c.env.AUTH.authenticate(c.req.raw.headers);
  if (!caller.ok) return refusalResponse(caller);
  return c.json({ username: caller.user.username, tier: caller.tier });
});

app.post('/reports', async (c) => {
  // The headers and not the request, which would be handed over with its body.
  const { headers } = c.req.raw;
  const caller = await c.env.AUTH.requirePlan(headers, 'pro');
  if (!caller.ok) return refusalResponse(caller);

  const { title } = await c.req.json<{ title: string }>();
  // A name of our own. One that the client chose could be used again for other work, and be counted once.
  const idempotency_key = `report-${crypto.randomUUID()}`;
  const used = await c.env.AUTH.recordUsage(headers, { metric: 'items', quantity: 1, idempotency_key });
  if (!used.ok) return refusalResponse(used);
  return c.json({ title, by: caller.user.username, remaining: used.remaining }, 201);
});

/** What a page needs to show what is left, in one answer. */
app.get('/allowance', async (c) => {
  const allowance = await c.env.AUTH.entitlements(c.req.raw.headers);
  if (!allowance.ok) return refusalResponse(allowance);
  return c.json({ tier: allowance.tier, usage: allowance.usage });
});

export default app;
