import { describe, expect, expectTypeOf, it } from 'vitest';
import { createClient, type TollgateUser, unwrap } from '../../src/client.ts';
import { newAccount, newIdentity } from '../support/accounts.ts';
import { APP_URL, useService } from '../support/service.ts';
import { openPage, openSignedIn } from './page.ts';

const service = useService();
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable(),
    (error) => error,
  );

describe('the client', () => {
  it('registers, signs in, reads and signs out, with the types of the routes', async () => {
    const { tollgate } = openPage(service);
    const identity = newIdentity();
    await tollgate.api.register.$post({ json: identity });
    const user = await tollgate.login({ email: identity.email, password: identity.password });
    expectTypeOf(user).toEqualTypeOf<TollgateUser>();
    const me = await unwrap(tollgate.api.me.$get());
    expectTypeOf(me.email).toBeString();
    expect(me).toEqual(user);
    expect([tollgate.signedIn, typeof tollgate.token]).toEqual(['yes', 'string']);
    await tollgate.logout();
    expect([tollgate.signedIn, tollgate.token]).toEqual(['no', undefined]);
  });

  it('keeps the token of a session that was begun by its route, and stays signed in when others are signed out', async () => {
    const { tollgate, account } = await openSignedIn(service);
    const first = tollgate.token;
    const { email, password } = account;
    const { token } = await unwrap(tollgate.api.login.$post({ json: { email, password } }));
    expect(tollgate.token).toBe(token);
    expect(token).not.toBe(first);
    await tollgate.logout('others');
    expect((await tollgate.api.me.$get()).status).toBe(200);
  });

  it('says when somebody signs in, out, or in as somebody else, until nobody wants to hear', async () => {
    const { tollgate, account } = await openSignedIn(service);
    const heard: string[] = [];
    const stop = tollgate.onChange((signedIn) => heard.push(signedIn));
    await tollgate.refresh();
    await tollgate.logout();
    await tollgate.login({ email: account.email, password: account.password });
    const other = await newAccount(service);
    await tollgate.login({ email: other.email, password: other.password });
    stop();
    await tollgate.logout();
    expect(heard).toEqual(['no', 'yes', 'yes']);
  });
});

describe('a failure', () => {
  it('has everything that the service said of it', async () => {
    const { tollgate } = openPage(service);
    const failure = await failureOf(tollgate.login({ email: 'nobody', password: 'x' }));
    expect(failure).toMatchObject({
      name: 'TollgateError',
      code: 'validation_failed',
      status: 422,
      detail: expect.stringContaining('cannot be accepted'),
      errors: { email: 'Must be an email address.' },
      requestId: expect.stringMatching(/^[\w-]{8,}$/),
      retryAfter: undefined,
    });
  });

  it('of an outage has its Retry-After, and signs nobody out', async () => {
    const { tollgate } = await openSignedIn(service);
    const failure = await service.withoutDatabase(() => failureOf(tollgate.refresh()));
    expect(failure).toMatchObject({ code: 'database_unavailable', status: 503, retryAfter: 5 });
    expect(tollgate.signedIn).toBe('yes');
    expect(await tollgate.refresh()).toBe(true);
  });

  it('of something on the way is told from one of the service', async () => {
    const ask = (fetch: () => Promise<Response>) =>
      failureOf(createClient({ baseUrl: APP_URL, fetch }).api.health.$get());
    const answer = (body: string, status: number, type: string) =>
      new Response(body, { status, headers: { 'Content-Type': type } });
    const proxy = answer('<h1>Bad gateway</h1>', 502, 'text/html');
    expect(await ask(async () => proxy)).toMatchObject({ code: 'unexpected_answer', status: 502 });
    const cut = answer('{"code":', 500, 'application/problem+json');
    expect(await ask(async () => cut)).toMatchObject({ code: 'unexpected_answer', status: 500 });
    const cause = new TypeError('Failed to fetch');
    expect(await ask(() => Promise.reject(cause))).toMatchObject({ code: 'network_error', status: 0, cause });
  });
});

describe('a refused token', () => {
  it('is exchanged, and the request repeated once, its body too', async () => {
    const { tollgate, sent, expireToken } = await openSignedIn(service);
    expireToken();
    const profile = await unwrap(tollgate.api.profile.$patch({ json: { first_name: 'Ada' } }));
    expect(profile.first_name).toBe('Ada');
    expect(sent).toEqual(['PATCH /profile', 'POST /refresh-token', 'PATCH /profile']);
  });

  it('is exchanged once, however many requests it is refused to', async () => {
    const { tollgate, sent, expireToken } = await openSignedIn(service);
    expireToken();
    const answers = await Promise.all(Array.from({ length: 10 }, () => tollgate.api.me.$get()));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(sent.filter((one) => one === 'POST /refresh-token')).toHaveLength(1);
  });

  it('is not exchanged for ever when the fresh one is refused too', async () => {
    const { tollgate, sent } = await openSignedIn(service);
    const headers = { Authorization: 'Bearer of-somebody-else' };
    const failure = await failureOf(tollgate.fetch('/me', { headers }));
    expect(failure).toMatchObject({ code: 'invalid_token', status: 401 });
    expect(sent).toEqual(['GET /me', 'POST /refresh-token', 'GET /me']);
  });

  it('leaves a request alone whose body is a stream', async () => {
    const { tollgate, sent, expireToken } = await openSignedIn(service);
    expireToken();
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    const written = writer.write(new TextEncoder().encode('{"first_name":"Ada"}')).then(() => writer.close());
    const headers = { 'Content-Type': 'application/json' };
    const failure = await failureOf(tollgate.fetch('/profile', { method: 'PATCH', body: readable, headers }));
    await written;
    expect(failure).toMatchObject({ code: 'invalid_token' });
    expect(sent).toEqual(['PATCH /profile']);
  });

  it('is not made up for by the token of somebody else who has signed in meanwhile', async () => {
    const { tollgate, sent, expireToken } = await openSignedIn(service);
    const other = await newAccount(service);
    expireToken();
    const deactivation = failureOf(tollgate.api.deactivate.$post());
    await tollgate.login({ email: other.email, password: other.password });
    expect(await deactivation).toMatchObject({ code: 'invalid_token' });
    expect(sent.filter((one) => one === 'POST /deactivate')).toHaveLength(1);
    expect((await tollgate.api.me.$get()).status).toBe(200);
  });

  it('ends in being signed out when the session has ended, and is not tried again', async () => {
    const { tollgate, sent, account } = await openSignedIn(service);
    await service.sql('UPDATE sessions SET revoked_at = now() WHERE user_id = $1', [account.id]);
    expect(await failureOf(tollgate.api.me.$get())).toMatchObject({ code: 'invalid_token' });
    expect(tollgate.signedIn).toBe('no');
    await failureOf(tollgate.api.me.$get());
    expect(sent).toEqual(['GET /me', 'POST /refresh-token', 'GET /me']);
  });

  it('other refusals are not taken for one', async () => {
    const { tollgate, sent } = await openSignedIn(service);
    const plan = {} as never;
    expect(await failureOf(tollgate.api.billing.plans.$post({ json: plan }))).toMatchObject({
      code: 'validation_failed',
    });
    expect(await failureOf(tollgate.login({ email: 'nobody@acme.test', password: 'x' }))).toMatchObject({
      code: 'invalid_credentials',
    });
    expect(sent).toEqual(['POST /billing/plans', 'POST /login']);
  });
});

describe('the refresh cookie', () => {
  it('leaves no answer unread, which would keep its connection', async () => {
    let unread = 2;
    const bodyOf = (text: string) =>
      new ReadableStream({
        // What is read to its end is closed, what is not is to be cancelled.
        start: (stream) => stream.enqueue(new TextEncoder().encode(text)),
        pull: (stream) => stream.close(),
        cancel: () => void unread--,
      });
    const refuse = () => Promise.resolve(new Response(bodyOf('{}'), { status: 401 }));
    const tollgate = createClient({ baseUrl: APP_URL, fetch: refuse });
    expect([await tollgate.refresh(), await tollgate.refresh()]).toEqual([false, false]);
    expect(unread).toBe(0);
  });

  it('tells a page that is loaded anew whether somebody is signed in', async () => {
    const nobody = openPage(service);
    expect(nobody.tollgate.signedIn).toBe('unknown');
    expect(await nobody.tollgate.refresh()).toBe(false);
    expect(nobody.tollgate.signedIn).toBe('no');
  });

  it('is exchanged once by callers that ask at the same time', async () => {
    const { tollgate, sent, cookie } = await openSignedIn(service);
    const before = cookie();
    expect(await Promise.all([tollgate.refresh(), tollgate.refresh(), tollgate.refresh()])).toEqual([
      true,
      true,
      true,
    ]);
    expect(sent).toEqual(['POST /refresh-token']);
    expect(cookie()).not.toBe(before);
  });

  it('and a sign-out at the same time leave nobody signed in', async () => {
    const { tollgate } = await openSignedIn(service);
    await Promise.all([tollgate.refresh(), tollgate.logout()]);
    expect([tollgate.signedIn, tollgate.token]).toEqual(['no', undefined]);
  });
});

describe('the token', () => {
  it('is sent to nobody but the service', async () => {
    const { tollgate, sent } = await openSignedIn(service);
    for (const path of ['@evil.test/', '.evil.test/', ':81/me']) {
      await expect(tollgate.fetch(path)).rejects.toThrow();
    }
    expect(sent).toEqual([]);
  });
});
