import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { cookieOf, logIn, newAccount, newSession, type SignedIn } from '../support/accounts.ts';
import { loginCode } from '../support/credentials.ts';
import { type Service, useService } from '../support/service.ts';
import { asGoogle, begin, callback, codeFor, odd } from '../support/social.ts';
import { haveSubscription } from '../support/subscription-rows.ts';

const service: Service = useService(odd());

const FREE = { tier: 'free', limits: { max_items: 10, max_secondary: 1, api_access: true } };
const PRO = { tier: 'pro', limits: { max_items: 100, max_secondary: 10, api_access: true } };

const tokenOf = async (response: Response) => (await response.json<{ token: string }>()).token;
const refresh = async ({ cookie }: Pick<SignedIn, 'cookie'>) => {
  const response = await service.post('/refresh-token', undefined, { cookie });
  expect(response.status).toBe(200);
  return response;
};

describe('the claim `ent` of an access token', () => {
  it('is there after a login, beside our own claims and in the place of none', async () => {
    const { id, token } = await newSession(service);
    const claims = decodeJwt(token);
    expect(Object.keys(claims).toSorted()).toEqual(['aud', 'ent', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
    expect(claims).toMatchObject({ sub: id, ent: FREE });
    expect(decodeProtectedHeader(token).typ).toBe('at+jwt');
    expect(token.length).toBeLessThan(800);
  });

  it('tells of a subscription that began or ended with the next token, and the old one stays as it is', async () => {
    const session = await newSession(service);
    await haveSubscription(service, session.id);
    expect(decodeJwt(session.token).ent).toEqual(FREE);
    const next = await refresh(session);
    const cookie = cookieOf(next);
    expect(decodeJwt(await tokenOf(next)).ent).toEqual(PRO);
    // Its parent again, as a second tab has it: the same session, and what is true now.
    await service.sql(`UPDATE subscriptions SET status = 'unpaid' WHERE user_id = $1`, [session.id]);
    expect(decodeJwt(await tokenOf(await refresh(session))).ent).toEqual(FREE);
    expect(decodeJwt(await tokenOf(await refresh({ cookie }))).ent).toEqual(FREE);
  });

  it('is there however somebody signs in', async () => {
    const account = await newAccount(service);
    await haveSubscription(service, account.id);
    expect(decodeJwt((await logIn(service, account)).token).ent).toEqual(PRO);

    const code = await loginCode(service, account.email);
    const byCode = await service.post('/login/code', { email: account.email, code });
    expect(decodeJwt(await tokenOf(byCode)).ent).toEqual(PRO);

    for (const [script, ent] of [
      [asGoogle({ email: account.email }), PRO],
      [asGoogle(), FREE],
    ] as const) {
      const begun = await begin(service, 'google');
      const query = { code: codeFor(begun, script), state: begun.state };
      const response = await callback(service, 'google', query, { cookie: begun.cookie });
      expect(decodeJwt(await tokenOf(response)).ent).toEqual(ent);
    }
  });

  it('opens nothing here: the row decides', async () => {
    const account = await newAccount(service);
    await haveSubscription(service, account.id);
    const { token } = await logIn(service, account);
    await service.sql(`UPDATE subscriptions SET status = 'canceled' WHERE user_id = $1`, [account.id]);
    expect(decodeJwt(token).ent).toEqual(PRO);
    const report = { metric: 'items', quantity: 11, idempotency_key: 'a' };
    expect((await service.post('/usage', report, { token })).status).toBe(402);
    expect((await service.fetch('/billing/subscriptions/me', { token })).status).toBe(404);
  });
});
