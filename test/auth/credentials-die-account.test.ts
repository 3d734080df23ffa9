import { describe, expect, it } from 'vitest';
import { signOneTimeToken } from '../../src/auth/one-time-token.ts';
import { sha256Hex } from '../../src/encoding.ts';
import type { OneTimeTokenId } from '../../src/ids.ts';
import { logIn, mailedToken, newAccount, newIdentity, type SignedIn } from '../support/accounts.ts';
import { newKey, withKey } from '../support/api-keys.ts';
import { useService } from '../support/service.ts';

const service = useService();

/** Everything that opens an account or changes who may, each given to an account that has them all. */
type Armed = {
  /** The session from which the event is brought about. */
  acting: SignedIn;
  other: SignedIn;
  links: Record<'verify_email' | 'reset_password' | 'change_email', string>;
  newEmail: string;
  key: string;
};

async function arm(): Promise<Armed> {
  const account = await newAccount(service);
  const acting = await logIn(service, account);
  const other = await logIn(service, account);
  const newEmail = newIdentity().email;
  await service.post(
    '/email-change',
    { new_email: newEmail, password: account.password },
    { token: other.token },
  );
  const change_email = await mailedToken(service, newEmail);
  const [verify] = await service.sql(
    `SELECT id FROM one_time_tokens WHERE user_id = $1 AND purpose = 'verify_email'`,
    [account.id],
  );
  const [reset] = await service.sql(
    `INSERT INTO one_time_tokens (user_id, purpose, email, expires_at)
     VALUES ($1, 'reset_password', $2, now() + interval '1 hour') RETURNING id`,
    [account.id, account.email],
  );
  await service.sql(
    `INSERT INTO login_codes (user_id, code_hash, expires_at) VALUES ($1, 'x', now() + interval '1 hour')`,
    [account.id],
  );
  const { validationHash } = service.deps();
  return {
    acting,
    other,
    newEmail,
    key: (await newKey(service, other)).key,
    links: {
      verify_email: await signOneTimeToken(validationHash, 'verify_email', verify?.id as OneTimeTokenId),
      reset_password: await signOneTimeToken(validationHash, 'reset_password', reset?.id as OneTimeTokenId),
      change_email,
    },
  };
}

const EVENTS: Record<string, (armed: Armed) => Promise<Response>> = {
  'an email change': ({ acting, links }) =>
    service.post('/email-change/confirm', { token: links.change_email }, { token: acting.token }),
  'an email change undone': async ({ acting, links }) => {
    await service.post('/email-change/confirm', { token: links.change_email }, { token: acting.token });
    return service.post('/email-change/undo', { token: await mailedToken(service, acting.email) });
  },
  deactivation: ({ acting }) => service.post('/deactivate', undefined, { token: acting.token }),
  deletion: ({ acting }) => service.fetch('/me', { method: 'DELETE', token: acting.token }),
};

const rows = async (table: string, where: string, id: string) =>
  (await service.sql(`SELECT FROM ${table} WHERE user_id = $1 AND ${where}`, [id])).length;

/** Whether a credential still does anything: by using it where there is a route, and by its row. */
const CREDENTIALS: Record<string, (armed: Armed) => Promise<boolean>> = {
  'the access token of another session': async ({ other }) =>
    (await service.fetch('/me', { token: other.token })).status === 200,
  'the refresh token of another session': async ({ other }) =>
    (await service.post('/refresh-token', undefined, { cookie: other.cookie })).status === 200,
  'the row of that refresh token': async ({ other }) => {
    const alive = await service.sql(
      'SELECT FROM refresh_tokens WHERE token_hash = $1 AND revoked_at IS NULL',
      [await sha256Hex(other.cookie.split('=')[1] ?? '')],
    );
    return alive.length > 0;
  },
  'a verification link': async ({ links, other }) => {
    const answer = await service.fetch(`/verify?token=${links.verify_email}`);
    return answer.status === 200 || (await rows('one_time_tokens', `purpose = 'verify_email'`, other.id)) > 0;
  },
  'a reset link': async ({ other }) =>
    (await rows('one_time_tokens', `purpose = 'reset_password' AND used_at IS NULL`, other.id)) > 0,
  'a link to change the address': async ({ links }) =>
    (await service.post('/email-change/confirm', { token: links.change_email })).status === 200,
  'a login code': async ({ other }) => (await rows('login_codes', 'used_at IS NULL', other.id)) > 0,
  'an API key': async ({ key, acting }) =>
    (await service.fetch('/me', withKey(key))).status === 200 ||
    (await rows('api_keys', 'revoked_at IS NULL', acting.id)) > 0,
  'the password with the old address': async ({ acting }) =>
    (await service.post('/login', { email: acting.email, password: acting.password })).status === 200,
};

describe.each(Object.entries(EVENTS))('%s', (_event, happens) => {
  it.each(Object.entries(CREDENTIALS))('leaves no life in %s', async (_credential, isAlive) => {
    const armed = await arm();
    expect((await happens(armed)).status).toBeLessThan(300);
    expect(await isAlive(armed)).toBe(false);
  });
});

describe('before any of it', () => {
  it.each(Object.entries(CREDENTIALS))('there is life in %s', async (_credential, isAlive) => {
    expect(await isAlive(await arm())).toBe(true);
  });
});
