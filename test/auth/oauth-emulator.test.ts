import { describe, expect, it } from 'vitest';
import { useService } from '../support/service.ts';
import { begin, callback, emulated } from '../support/social.ts';

const service = useService(emulated());

/** Clicks on a user of the provider's page, and answers with where that leads. */
async function choose(location: URL, user: string): Promise<URL> {
  const page = await fetch(location).then((response) => response.text());
  const form = [...page.matchAll(/<form[\s\S]*?<\/form>/g)]
    .map(String)
    .find((one) => one.includes(`value="${user}"`));
  if (!form) throw new Error(`${user} is not on the page`);
  const fields = [...form.matchAll(/<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"/g)];
  const body = new URLSearchParams(
    fields.map(([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&')]),
  );
  const action = /action="([^"]*)"/.exec(form)?.[1] ?? '';
  const response = await fetch(new URL(action, location), { method: 'POST', body, redirect: 'manual' });
  return new URL(response.headers.get('Location') ?? '');
}

describe('a sign-in on the page of', () => {
  it.each([
    ['google', 'ada@acme.test', { email: 'ada@acme.test', provider: 'google' }],
    ['github', 'octocat', { email: 'octocat@acme.test', username: 'octocat', provider: 'github' }],
    ['github', 'hidden', { email: 'hidden@github.local', username: 'hidden' }],
  ] as const)('%s: %s', async (provider, chosen, user) => {
    const begun = await begin(service, provider);
    const back = await choose(begun.location, chosen);
    expect(back.origin + back.pathname).toBe(`http://tollgate.test/auth/social/callback/${provider}`);
    const query = Object.fromEntries(back.searchParams);
    const response = await callback(service, provider, query, { cookie: begun.cookie });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ user: { ...user, is_verified: true } });
  });

  it('google: somebody whose address is not verified', async () => {
    const begun = await begin(service, 'google');
    const query = Object.fromEntries((await choose(begun.location, 'unverified@acme.test')).searchParams);
    const response = await callback(service, 'google', query, { cookie: begun.cookie });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'oauth_email_unverified' });
  });

  it('google, with a code from somebody else’s sign-in: PKCE refuses it', async () => {
    const [mine, theirs] = [await begin(service, 'google'), await begin(service, 'google')];
    const code = (await choose(theirs.location, 'grace@acme.test')).searchParams.get('code') ?? '';
    const response = await callback(service, 'google', { code, state: mine.state }, { cookie: mine.cookie });
    expect(response.status).toBe(502);
    expect(await service.sql(`SELECT FROM users WHERE email = 'grace@acme.test'`)).toEqual([]);
  });

  it.each(['google', 'github'] as const)('%s, 30 callbacks at once: one session', async (provider) => {
    const begun = await begin(service, provider);
    const back = await choose(begun.location, provider === 'google' ? 'grace@acme.test' : 'ada');
    const query = Object.fromEntries(back.searchParams);
    const before = await service.sql('SELECT FROM sessions');
    const responses = await Promise.all(
      Array.from({ length: 30 }, () => callback(service, provider, query, { cookie: begun.cookie })),
    );
    expect(responses.filter((response) => response.status === 200)).toHaveLength(1);
    expect(await service.sql('SELECT FROM sessions')).toHaveLength(before.length + 1);
  });
});
