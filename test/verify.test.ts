import { describe, expect, it } from 'vitest';
import { createVerifier } from '../src/verify.ts';
import { newSession } from './support/accounts.ts';
import { APP_URL, newKey, useService } from './support/service.ts';
import { describeVerifier } from './support/verifier-tests.ts';

describe('verifyAccessToken in a Worker', describeVerifier);

describe('a token of the service', () => {
  const service = useService();
  const verifierOf = (overrides = {}) =>
    createVerifier({
      issuer: APP_URL,
      fetch: (request) => service.fetch(new URL(request.url).pathname, {}, overrides),
    });

  it('is verified by the keys that the service publishes', async () => {
    const { id, token } = await newSession(service);
    const [session] = await service.sql('SELECT id FROM sessions WHERE user_id = $1', [id]);
    expect(await verifierOf().verifyAccessToken(token)).toMatchObject({ userId: id, sessionId: session?.id });
  });

  it('is refused where other keys are published, and where none are', async () => {
    const { token } = await newSession(service);
    const others = { ACCESS_SECRET_KEY: await newKey('ES256') };
    expect(await verifierOf(others).verifyAccessToken(token)).toBeUndefined();
    const symmetric = { ALGORITHM: 'HS256', ACCESS_SECRET_KEY: 'x1y2'.repeat(16) };
    expect(await verifierOf(symmetric).verifyAccessToken(token)).toBeUndefined();
  });

  it('goes on being good when its session has ended: that is what asking the service is for', async () => {
    const { token, cookie } = await newSession(service);
    await service.post('/logout', undefined, { cookie });
    expect((await service.fetch('/me', { token })).status).toBe(401);
    expect(await verifierOf().verifyAccessToken(token)).toBeDefined();
  });
});
