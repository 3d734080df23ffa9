import { beforeAll, describe, expect, it } from 'vitest';
import { newApiKey } from '../../src/auth/api-key.ts';
import { mailedToken, newAccount, newIdentity, newSession, type SignedIn } from '../support/accounts.ts';
import { withKey } from '../support/api-keys.ts';
import { type Service, useService } from '../support/service.ts';
import { asGitHub, asGoogle, begin, callback, codeFor, odd } from '../support/social.ts';

const service: Service = useService(odd());
let session: SignedIn;
let verified: SignedIn;
let link: string;
let second: string;
beforeAll(async () => {
  session = await newSession(service, { verified: false });
  verified = await newSession(service);
  link = await mailedToken(service, session.email);
  const login = await service.post('/login', { email: session.email, password: session.password });
  const { token } = await login.json<{ token: string }>();
  const sessions = await service
    .fetch('/sessions', { token })
    .then((r) => r.json<{ data: { id: string; current: boolean }[] }>());
  second = sessions.data.find((one) => one.current)?.id ?? '';
});

/** The budgets: calls to the database a request may make. */
describe('round trips', () => {
  it.each<[string, number, number, () => Promise<Response>]>([
    ['register', 1, 201, () => service.post('/register', newIdentity())],
    ['login', 2, 200, () => service.post('/login', { email: session.email, password: session.password })],
    ['a failed login', 2, 401, () => service.post('/login', { email: session.email, password: 'wrong' })],
    ['refresh', 1, 200, () => service.post('/refresh-token', undefined, { cookie: session.cookie })],
    ['me', 1, 200, () => service.fetch('/me', { token: session.token })],
    ['me by a key nobody has', 1, 401, async () => service.fetch('/me', withKey((await newApiKey()).key))],
    ['sessions', 1, 200, () => service.fetch('/sessions', { token: session.token })],
    [
      'revoking a session',
      2,
      204,
      () => service.fetch(`/sessions/${second}`, { method: 'DELETE', token: session.token }),
    ],
    ['request/verify', 2, 202, () => service.post('/request/verify', undefined, { token: session.token })],
    ['verify', 1, 400, () => service.fetch(`/verify?token=${link}`)],
    ['entitlements', 1, 200, () => service.fetch('/billing/entitlements', { token: verified.token })],
    ['usage', 1, 200, () => service.fetch('/usage', { token: verified.token })],
    [
      'counting what was used',
      1,
      200,
      () =>
        service.post(
          '/usage',
          { metric: 'items', quantity: 1, idempotency_key: 'a' },
          { token: verified.token },
        ),
    ],
    ['reading the profile', 1, 200, () => service.fetch('/profile', { token: session.token })],
    [
      'changing the profile',
      2,
      200,
      () => service.fetch('/profile', { method: 'PATCH', token: session.token, json: { first_name: 'Ada' } }),
    ],
    ['logout', 1, 204, () => service.post('/logout', undefined, { cookie: session.cookie })],
    ['a token nobody signed', 0, 401, () => service.fetch('/me', { token: 'x.y.z' })],
    ['jwks', 0, 200, () => service.fetch('/.well-known/jwks.json')],
    ['health', 0, 200, () => service.fetch('/health')],
    ['openapi', 0, 200, () => service.fetch('/openapi.json')],
    ['docs', 0, 200, () => service.fetch('/docs')],
    ['readiness', 1, 200, () => service.fetch('/health/ready')],
  ])('%s: %i', async (_route, budget, status, act) => {
    const trips = await service.roundTrips(async () => {
      expect((await act()).status).toBe(status);
    });
    expect(trips).toBe(budget);
  });

  it('a verification that succeeds, and its repetition: 1', async () => {
    const account = await newAccount(service, { verified: false });
    const token = await mailedToken(service, account.email);
    for (let time = 0; time < 2; time++) {
      const trips = await service.roundTrips(async () => {
        expect((await service.fetch(`/verify?token=${token}`)).status).toBe(200);
      });
      expect(trips).toBe(1);
    }
  });

  it('a register that hides whether the account exists: 1', async () => {
    const hidden = { HIDE_ACCOUNT_EXISTENCE: 'true' };
    const { email } = await newAccount(service);
    for (const json of [newIdentity(), { ...newIdentity(), email }]) {
      const trips = await service.roundTrips(() =>
        service.fetch('/register', { method: 'POST', json }, hidden),
      );
      expect(trips).toBe(1);
    }
  });

  it('a sign-in by a provider, first or again, linked or taken over: 1', async () => {
    const known = asGoogle();
    const linked = asGoogle({ email: (await newAccount(service)).email });
    const takenOver = asGoogle({ email: (await newAccount(service, { verified: false })).email });
    const scripts = { google: [known, known, linked, takenOver], github: [asGitHub(), asGitHub({}, [])] };
    for (const provider of ['google', 'github'] as const) {
      for (const script of scripts[provider]) {
        const begun = await begin(service, provider);
        const query = { code: codeFor(begun, script), state: begun.state };
        const trips = await service.roundTrips(async () => {
          const response = await callback(service, provider, query, { cookie: begun.cookie });
          expect(response.status).toBe(200);
        });
        expect(trips).toBe(1);
      }
    }
  });

  it('beginning a sign-in by a provider, and a callback that is refused: 0', async () => {
    const trips = await service.roundTrips(async () => {
      const { state } = await begin(service, 'google');
      expect((await callback(service, 'google', { code: 'x', state })).status).toBe(400);
    });
    expect(trips).toBe(0);
  });

  it('a sign-in by a provider that does not vouch for the address: 1', async () => {
    const begun = await begin(service, 'google');
    const query = { code: codeFor(begun, asGoogle({ email_verified: false })), state: begun.state };
    const trips = await service.roundTrips(() =>
      callback(service, 'google', query, { cookie: begun.cookie }),
    );
    expect(trips).toBe(1);
  });

  it('a register that is refused by a constraint: 1', async () => {
    const { email } = await newAccount(service);
    const trips = await service.roundTrips(() => service.post('/register', { ...newIdentity(), email }));
    expect(trips).toBe(1);
  });

  it('an account’s address and end: 2 to ask, 1 to use a link, 1 for the export, 3 or 4 for the end', async () => {
    const owner = await newSession(service);
    const { token, password } = owner;
    const { email } = newIdentity();
    const trips = async (act: () => Promise<Response>) => {
      let status = 0;
      const count = await service.roundTrips(async () => {
        status = (await act()).status;
      });
      return [status, count];
    };
    const ask = () => service.post('/email-change', { new_email: email, password }, { token });
    expect(await trips(ask)).toEqual([202, 2]);
    const change = await mailedToken(service, email);
    const confirm = () => service.post('/email-change/confirm', { token: change }, { token });
    expect(await trips(confirm)).toEqual([200, 1]);
    expect(await trips(() => service.fetch('/me/export', { token }))).toEqual([200, 1]);
    const back = await mailedToken(service, owner.email);
    expect(await trips(() => service.post('/email-change/undo', { token: back }))).toEqual([200, 1]);

    const switchedOff = await newSession(service);
    const off = () => service.post('/deactivate', undefined, { token: switchedOff.token });
    expect(await trips(off)).toEqual([200, 2]);
    const fresh = await newSession(service);
    const remove = (one: SignedIn, json?: unknown) => () =>
      service.fetch('/me', { method: 'DELETE', token: one.token, json });
    expect(await trips(remove(fresh))).toEqual([204, 3]);
    const proven = await newSession(service);
    expect(await trips(remove(proven, { password: proven.password }))).toEqual([204, 4]);
  });
});
