import { describe, expect, it, vi } from 'vitest';
import type { Script } from '../support/odd-provider.ts';
import { useService } from '../support/service.ts';
import { asGitHub, asGoogle, odd, signIn } from '../support/social.ts';

const service = useService(odd());
const HUGE = 300 * 1_024;

/** What no answer may repeat. */
const UPSTREAM = 'upstream words nobody should read';

async function refuses(provider: 'google' | 'github', script: Script): Promise<void> {
  const before = await service.sql('SELECT count(*) FROM users');
  const started = Date.now();
  const response = await signIn(service, provider, script);
  const body = await response.text();
  expect([response.status, JSON.parse(body).code]).toEqual([502, 'oauth_provider_error']);
  expect(body).not.toContain(UPSTREAM);
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(Date.now() - started).toBeLessThan(10_000);
  expect(await service.sql('SELECT count(*) FROM users')).toEqual(before);
}

describe('a token endpoint that', () => {
  it.each<[string, Script]>([
    [
      'refuses the code',
      { token: { status: 400, json: { error: 'invalid_grant', error_description: UPSTREAM } } },
    ],
    [
      'says so with 200',
      { token: { json: { error: 'bad_verification_code', error_description: UPSTREAM } } },
    ],
    ['is broken', { token: { status: 500, json: { message: UPSTREAM } } }],
    ['does not know us', { token: { status: 401, text: UPSTREAM } }],
    ['is not there', { token: { status: 404, text: UPSTREAM } }],
    ['answers a page', { token: { text: `<html>${UPSTREAM}</html>` } }],
    ['answers nothing', { token: { text: '' } }],
    ['answers null', { token: { json: null } }],
    ['answers a list', { token: { json: [UPSTREAM] } }],
    ['gives no token', { token: { json: { token_type: 'Bearer' } } }],
    ['gives a number', { token: { json: { access_token: 7 } } }],
    ['gives a token with a line break', { token: { json: { access_token: 'a\r\nX-Evil: 1' } } }],
    ['gives an empty token', { token: { json: { access_token: '' } } }],
    ['answers without end', { token: { bytes: HUGE } }],
    ['sends us elsewhere', { token: { status: 307, location: '/token-elsewhere' } }],
    ['is given a verifier that is not the sign-in’s', { challenge: 'x'.repeat(43) }],
  ])('%s ends the sign-in', async (_case, script) => {
    await refuses('google', { ...asGoogle(), ...script });
    await refuses('github', { ...asGitHub(), ...script });
  });
});

describe('a userinfo endpoint of Google that', () => {
  it.each<[string, Script]>([
    ['is broken', { userinfo: { status: 503, text: UPSTREAM } }],
    ['refuses the token', { userinfo: { status: 403, json: { error: UPSTREAM } } }],
    ['answers a page', { userinfo: { text: `<html>${UPSTREAM}</html>` } }],
    ['sends us elsewhere', { userinfo: { status: 302, location: '/user' }, user: asGoogle().userinfo ?? {} }],
    ['answers without end', { userinfo: { ...asGoogle().userinfo, bytes: HUGE } }],
    ['answers a list', { userinfo: { json: [{ sub: '1' }] } }],
    ['names no subject', asGoogle({ sub: undefined })],
    ['names an empty subject', asGoogle({ sub: '' })],
    ['names a subject that is a number', asGoogle({ sub: 12_345 })],
    ['names a subject with a NUL', asGoogle({ sub: 'a\0b' })],
    ['names a subject without end', asGoogle({ sub: 'x'.repeat(256) })],
    ['names a list of addresses', asGoogle({ email: ['ada@acme.test'] })],
    ['names an address that is an object', asGoogle({ email: { toString: 'ada@acme.test' } })],
  ])('%s ends the sign-in', (_case, script) => refuses('google', script));

  it.each([
    ['no address', undefined],
    ['null', null],
    ['an address that is none', 'ada@'],
    ['an address outside ASCII', 'ada@\u212Aacme.test'],
    ['an address with a NUL', 'ada\0@acme.test'],
  ])('names %s leaves nothing to vouch for', async (_case, email) => {
    const response = await signIn(service, 'google', asGoogle({ email }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'oauth_email_unverified' });
  });

  it('names something odd instead of a name is believed the rest', async () => {
    expect((await signIn(service, 'google', asGoogle({ name: { first: 'Ada' } }))).status).toBe(200);
    expect((await signIn(service, 'google', asGoogle({ name: 'a\0\ud800' }))).status).toBe(200);
  });
});

describe('an API of GitHub that', () => {
  it.each<[string, Script]>([
    ['is broken for the user', { ...asGitHub(), user: { status: 500, text: UPSTREAM } }],
    ['is broken for the addresses', { ...asGitHub(), emails: { status: 500, text: UPSTREAM } }],
    ['refuses the user', { ...asGitHub(), user: { status: 403, json: {} } }],
    ['names an id that is text', asGitHub({ id: '583231' })],
    ['names no id', asGitHub({ id: undefined })],
    ['names a fraction', asGitHub({ id: 1.5 })],
    ['names an id that JSON can not hold', asGitHub({ id: 2 ** 60 })],
    ['names no login', asGitHub({ login: undefined })],
    ['names a login with an @', asGitHub({ login: 'ada@acme.test' })],
    ['names addresses in an object', asGitHub({}, { email: 'ada@acme.test' })],
    [
      'names an address that is a list',
      asGitHub({}, [{ email: ['a@acme.test'], primary: true, verified: true }]),
    ],
    ['says verified in a word', asGitHub({}, [{ email: 'a@acme.test', primary: true, verified: 'true' }])],
    ['answers without end', { ...asGitHub(), emails: { json: [], bytes: HUGE } }],
  ])('%s ends the sign-in', (_case, script) => refuses('github', script));
});

describe('a provider that hangs', () => {
  it('is given up within ten seconds, wherever it hangs', async () => {
    await Promise.all(
      (['before', 'after headers'] as const).flatMap((hang) => [
        refuses('google', { ...asGoogle(), token: { hang } }),
        refuses('google', { userinfo: { hang } }),
        refuses('github', { ...asGitHub(), user: { hang } }),
        refuses('github', { ...asGitHub(), emails: { hang } }),
      ]),
    );
  });
});

describe('a provider that can not be reached', () => {
  it('ends the sign-in', async () => {
    const nowhere = 'http://127.0.0.1:1/token';
    const elsewhere = { GOOGLE_TOKEN_URL: nowhere };
    const { state, cookie } = await beginRaw();
    const query = new URLSearchParams({ code: 'x', state });
    const response = await service.fetch(`/auth/social/callback/google?${query}`, { cookie }, elsewhere);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ code: 'oauth_provider_error' });
  });

  it('is named in the log, without a code, a token or an address', async () => {
    const lines: string[] = [];
    const spy = vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line));
    const script = { ...asGoogle(), token: { status: 500, json: { message: UPSTREAM } } };
    await signIn(service, 'google', script);
    spy.mockRestore();
    expect(lines.join()).toContain('oauth_provider_error');
    expect(lines.join()).toContain('status 500');
    expect(lines.join()).not.toContain(UPSTREAM);
    expect(lines.join()).not.toContain('acme.test');
  });
});

async function beginRaw() {
  const response = await service.fetch('/google/login');
  const state = new URL(response.headers.get('Location') ?? '').searchParams.get('state') ?? '';
  return { state, cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
}
