import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Account,
  logIn,
  mailedToken,
  newAccount,
  newAdmin,
  newIdentity,
  newSession,
  type SignedIn,
} from '../support/accounts.ts';
import { newKey, newPlatform, withKey } from '../support/api-keys.ts';
import { loginCode, otherCode, resetToken } from '../support/credentials.ts';
import { putSubscription } from '../support/put-subscription.ts';
import { useService } from '../support/service.ts';

const service = useService();
let admin: SignedIn;
beforeAll(async () => {
  admin = await newAdmin(service);
});

const act = (method: string, path: string, json?: object) =>
  service.fetch(`/admin/users/${path}`, { method, token: admin.token, ...(json && { json }) });
const status = ({ id }: { id: string }, is_active: boolean) => act('PATCH', `${id}/status`, { is_active });
const role = ({ id }: { id: string }, is_admin: boolean) => act('PATCH', `${id}/role`, { is_admin });
const verify = ({ id }: { id: string }) => act('PATCH', `${id}/verify`);
const outcome = async (response: Response) =>
  response.ok ? response.status : [response.status, (await response.json<{ code: string }>()).code];
const logInStatus = async ({ email, password }: Account) =>
  (await service.post('/login', { email, password })).status;

describe('PATCH /admin/users/{id}/status', () => {
  it('ends all that opens the account, stops what it pays for and tells the owner; on again it signs in anew', async () => {
    const user = await newSession(service);
    const { key } = await newKey(service, user);
    const subscription = await putSubscription(service, user.id);
    const link = await resetToken(service, user.email);
    const response = await status(user, false);
    expect(await response.json()).toMatchObject({ id: user.id, is_active: false });
    expect((await service.fetch('/me', { token: user.token })).status).toBe(403);
    expect((await service.fetch('/me', withKey(key))).status).toBe(401);
    expect((await service.post('/refresh-token', undefined, { cookie: user.cookie })).status).toBe(401);
    expect(await logInStatus(user)).toBe(403);
    await service.deliverQueued();
    expect((await service.mailsTo(user.email)).map(({ subject }) => subject)).toContain(
      'Your Tollgate account was deactivated',
    );
    const tasks = await service.sql(
      `SELECT kind FROM billing_tasks WHERE payload ->> 'subscription_id' = $1`,
      [subscription],
    );
    expect(tasks).toEqual([{ kind: 'cancel_at_period_end' }]);

    expect(await outcome(await status(user, true))).toBe(200);
    expect((await service.fetch('/me', { token: user.token })).status).toBe(401);
    expect((await service.fetch('/me', withKey(key))).status).toBe(401);
    expect(
      (await service.post('/new-password', { token: link, password: 'another long password' })).status,
    ).toBe(400);
    expect(await logInStatus(user)).toBe(200);
  });

  it('does nothing a second time', async () => {
    const user = await newAccount(service);
    for (let time = 0; time < 2; time++) expect(await outcome(await status(user, false))).toBe(200);
    const mails = await service.sql(
      `SELECT FROM outbox WHERE user_id = $1 AND kind = 'account_deactivated'`,
      [user.id],
    );
    expect(mails).toHaveLength(1);
  });

  it('wants to be told what', async () => {
    const user = await newAccount(service);
    for (const json of [{}, { is_active: 'no' }, { is_active: false, is_admin: true }]) {
      expect(await outcome(await act('PATCH', `${user.id}/status`, json))).toEqual([
        422,
        'validation_failed',
      ]);
    }
  });
});

describe('PATCH /admin/users/{id}/role', () => {
  it.each(['admin:read', 'users:provision'] as const)(
    'ends a key with %s for good when its owner is demoted, and no other',
    async (scope) => {
      const former = await newAdmin(service);
      const own = await newKey(service, former, ['profile:read']);
      const wide = await newKey(service, former, ['profile:read', scope]);
      const others = await newKey(service, admin, [scope]);
      const dead = async () =>
        (await service.sql('SELECT id FROM api_keys WHERE revoked_at IS NOT NULL')).map(({ id }) => id);
      const before = await dead();
      await role(former, false);
      await role(former, true);
      expect(await dead()).toEqual([...before, wide.id]);
      expect((await service.fetch('/me', withKey(wide.key))).status).toBe(401);
      expect((await service.fetch('/me', withKey(own.key))).status).toBe(200);
      await service.fetch(`/api-keys/${others.id}`, { method: 'DELETE', token: admin.token });
    },
  );

  it('makes an administrator, who is none at the next call when it is taken back', async () => {
    const user = await newSession(service);
    const list = () => service.fetch('/admin/users', { token: user.token }).then(outcome);
    expect(await list()).toEqual([403, 'admin_required']);
    expect(await outcome(await role(user, true))).toBe(200);
    expect(await list()).toBe(200);
    expect(await outcome(await role(user, false))).toBe(200);
    expect(await list()).toEqual([403, 'admin_required']);
  });

  it('makes none of who is not verified, or deactivated', async () => {
    const unverified = await newAccount(service, { verified: false });
    const inactive = await newAccount(service);
    await status(inactive, false);
    for (const user of [unverified, inactive])
      expect(await outcome(await role(user, true))).toEqual([409, 'not_verified']);
  });
});

describe('PATCH /admin/users/{id}/verify', () => {
  it('opens the account to whoever could sign in, as it stands', async () => {
    const user = await newSession(service, { verified: false });
    expect((await service.fetch('/billing/overview', { token: user.token })).status).toBe(403);
    expect(await (await verify(user)).json()).toMatchObject({ id: user.id, is_verified: true });
    expect((await service.fetch('/billing/overview', { token: user.token })).status).toBe(200);
    expect(await logInStatus(user)).toBe(200);
  });

  it.each<[string, (user: Account) => Promise<unknown>]>([
    [
      'a login code',
      async ({ email }) => service.post('/login/code', { email, code: await loginCode(service, email) }),
    ],
    [
      'a reset',
      async ({ email }) =>
        service.post('/new-password', {
          token: await resetToken(service, email),
          password: 'the owner chose this',
        }),
    ],
  ])('proves no mailbox: %s takes the account over from whoever registered it', async (_, prove) => {
    const user = await newSession(service, { verified: false });
    expect(await outcome(await verify(user))).toBe(200);
    await prove(user);
    expect((await service.fetch('/me', { token: user.token })).status).toBe(401);
    expect(await logInStatus(user)).toBe(401);
  });

  it('leaves the password of who then confirms by the link of the registration', async () => {
    const user = await newSession(service, { verified: false });
    const link = await mailedToken(service, user.email);
    expect(await outcome(await verify(user))).toBe(200);
    expect((await service.fetch(`/verify?token=${link}`)).status).toBe(200);
    await service.post('/login/code', { email: user.email, code: await loginCode(service, user.email) });
    expect(await logInStatus(user)).toBe(200);
  });

  it('keeps the key of a platform that made the account, until its owner comes', async () => {
    const platform = await newPlatform(service);
    const { email } = newIdentity();
    const made = await service.post(
      '/users/provision',
      { email, external_platform: 'shop', external_store_id: crypto.randomUUID() },
      withKey(platform.key),
    );
    const { user, api_key } = await made.json<{ user: Account; api_key: string }>();
    expect(await outcome(await verify(user))).toBe(200);
    expect((await service.fetch('/me', withKey(api_key))).status).toBe(200);
    await service.post('/login/code', { email, code: await loginCode(service, email) });
    expect((await service.fetch('/me', withKey(api_key))).status).toBe(401);
  });

  it('changes nothing of an account that is verified', async () => {
    const user = await newSession(service);
    expect(await outcome(await verify(user))).toBe(200);
    expect((await service.fetch('/me', { token: user.token })).status).toBe(200);
    expect(await logInStatus(user)).toBe(200);
  });
});

describe('POST /admin/users/{id}/unlock', () => {
  it('lets in by a login code again', async () => {
    const { id, email } = await newAccount(service);
    const code = await loginCode(service, email);
    await service.post('/login/code', { email, code: otherCode(code) });
    await service.sql(
      `UPDATE login_throttles SET locked_until = now() + interval '1 hour' WHERE locked_until IS NULL`,
    );
    expect((await service.post('/login/code', { email, code })).status).toBe(401);
    expect(await outcome(await act('POST', `${id}/unlock`))).toBe(200);
    expect((await service.post('/login/code', { email, code })).status).toBe(200);
  });
});

describe('what opens an account', () => {
  it('is ended session by session, or all at once', async () => {
    const user = await newSession(service);
    const second = await logIn(service, user);
    const sessions = () =>
      service
        .fetch(`/admin/users/${user.id}/sessions`, { token: admin.token })
        .then((r) => r.json<{ data: { id: string }[] }>());
    const [last] = (await sessions()).data;
    expect(await outcome(await act('DELETE', `${user.id}/sessions/${last?.id}`))).toBe(204);
    expect(await outcome(await act('DELETE', `${user.id}/sessions/${last?.id}`))).toEqual([
      404,
      'session_not_found',
    ]);
    expect((await service.fetch('/me', { token: second.token })).status).toBe(401);
    expect((await service.fetch('/me', { token: user.token })).status).toBe(200);
    const tokens = await service.sql(
      'SELECT family_id FROM refresh_tokens WHERE user_id = $1 AND revoked_at IS NOT NULL',
      [user.id],
    );
    expect(tokens).toEqual([{ family_id: last?.id }]);
    await logIn(service, user);
    const revoked = await act('POST', `${user.id}/sessions/revoke`);
    expect(await revoked.json()).toEqual({ revoked: 2 });
    expect((await service.post('/refresh-token', undefined, { cookie: user.cookie })).status).toBe(401);
    expect(await (await act('POST', `${user.id}/sessions/revoke`)).json()).toEqual({ revoked: 0 });
  });

  it('is looked for at its owner alone', async () => {
    const [user, other] = [await newSession(service), await newSession(service)];
    const { id: keyId, key } = await newKey(service, user);
    const [session] = await service.sql('SELECT id FROM sessions WHERE user_id = $1', [user.id]);
    expect(await outcome(await act('DELETE', `${other.id}/sessions/${session?.id}`))).toEqual([
      404,
      'session_not_found',
    ]);
    expect(await outcome(await act('DELETE', `${other.id}/api-keys/${keyId}`))).toEqual([
      404,
      'api_key_not_found',
    ]);
    for (const path of ['sessions/x', `sessions/${crypto.randomUUID()}`]) {
      expect(await outcome(await act('DELETE', `${user.id}/${path}`))).toEqual([404, 'session_not_found']);
    }
    expect((await service.fetch('/me', withKey(key))).status).toBe(200);
    expect(await outcome(await act('DELETE', `${user.id}/api-keys/${keyId}`))).toBe(204);
    expect((await service.fetch('/me', withKey(key))).status).toBe(401);
  });

  it.each(['status', 'role'])('is 404 at nobody: %s', async (path) => {
    const json = path === 'status' ? { is_active: false } : { is_admin: true };
    for (const id of ['x', crypto.randomUUID()]) {
      expect(await outcome(await act('PATCH', `${id}/${path}`, json))).toEqual([404, 'user_not_found']);
      expect(await outcome(await act('PATCH', `${id}/verify`))).toEqual([404, 'user_not_found']);
      for (const rest of ['unlock', 'password-reset', 'sessions/revoke']) {
        expect(await outcome(await act('POST', `${id}/${rest}`))).toEqual([404, 'user_not_found']);
      }
    }
  });
});

describe('POST /admin/users/{id}/password-reset', () => {
  it('goes out however many links a stranger asked for', async () => {
    const { id, email } = await newAccount(service);
    for (let time = 0; time < 6; time++) await service.post('/forget-password', { email });
    const mailed = () =>
      service.sql(`SELECT FROM outbox WHERE user_id = $1 AND kind = 'reset_password'`, [id]);
    expect(await mailed()).toHaveLength(5);
    expect(await outcome(await act('POST', `${id}/password-reset`))).toBe(202);
    expect(await mailed()).toHaveLength(6);
  });

  it('is refused where no mail would arrive', async () => {
    const unmailed = await newAccount(service);
    await service.sql('UPDATE users SET email = $2 WHERE id = $1', [
      unmailed.id,
      `${crypto.randomUUID()}@github.local`,
    ]);
    const inactive = await newAccount(service);
    await status(inactive, false);
    for (const user of [unmailed, inactive]) {
      expect(await outcome(await act('POST', `${user.id}/password-reset`))).toEqual([409, 'not_mailable']);
    }
    const { id } = await newAccount(service);
    const response = await service.fetch(
      `/admin/users/${id}/password-reset`,
      { method: 'POST', token: admin.token },
      { SMTP_HOST: '' },
    );
    expect(await outcome(response)).toEqual([503, 'mail_not_configured']);
  });

  it('is one of five that administrators may have mailed in an hour', async () => {
    const { id } = await newAccount(service);
    for (let time = 0; time < 5; time++)
      expect(await outcome(await act('POST', `${id}/password-reset`))).toBe(202);
    const sixth = await act('POST', `${id}/password-reset`);
    expect(sixth.headers.get('Retry-After')).toBe('3600');
    expect(await outcome(sixth)).toEqual([429, 'rate_limited']);
  });
});
