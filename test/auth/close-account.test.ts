import { beforeEach, describe, expect, it, vi } from 'vitest';
import { deleteAccount } from '../../src/auth/close-account.ts';
import type { SessionId, UserId } from '../../src/ids.ts';
import { logIn, newAccount, newIdentity, newSession, type SignedIn } from '../support/accounts.ts';
import { ORIGIN } from '../support/audit-log.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';

const service = useService();
const remove = (session: { token: string }, json?: unknown) =>
  service.fetch('/me', { method: 'DELETE', token: session.token, json });
const codeOf = async (response: Response) => (await response.json<{ code?: string }>()).code;
const age = (session: SignedIn) =>
  service.sql(`UPDATE sessions SET created_at = now() - interval '11 min' WHERE user_id = $1`, [session.id]);
const exists = async (id: string) =>
  (await service.sql('SELECT FROM users WHERE id = $1', [id])).length === 1;

let session: SignedIn;
beforeEach(async () => {
  session = await newSession(service);
});

describe('POST /deactivate', () => {
  it('switches the account off, clears the cookie and tells the owner', async () => {
    const response = await service.post('/deactivate', undefined, { token: session.token });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ message: expect.any(String) });
    expect(response.headers.get('Set-Cookie')).toMatch(/^refresh_token=; Max-Age=0/);
    const me = await service.fetch('/me', { token: session.token });
    expect([me.status, await codeOf(me)]).toEqual([403, 'account_disabled']);
    const login = await service.post('/login', session);
    expect([login.status, await codeOf(login)]).toEqual([403, 'account_disabled']);
    await service.deliverQueued();
    // Mails go out a few at a time, in no order.
    expect((await service.mailsTo(session.email)).map((mail) => mail.subject)).toContain(
      'Your Tollgate account was deactivated',
    );
  });

  it('keeps the address taken', async () => {
    await service.post('/deactivate', undefined, { token: session.token });
    const response = await service.post('/register', { ...newIdentity(), email: session.email });
    expect([response.status, await codeOf(response)]).toEqual([409, 'email_taken']);
  });

  it('is for a verified account', async () => {
    const unverified = await newSession(service, { verified: false });
    expect((await service.post('/deactivate', undefined, { token: unverified.token })).status).toBe(403);
    expect((await service.post('/deactivate')).status).toBe(401);
  });

  it('leaves no session alive that begins or rotates at the same moment', async () => {
    for (let round = 0; round < rounds(8); round++) {
      const one = await newSession(service);
      const credentials = { email: one.email, password: one.password };
      const rotating = await logIn(service, one);
      await Promise.all([
        ...Array.from({ length: 5 }, () => service.post('/login', credentials)),
        ...Array.from({ length: 5 }, () =>
          service.post('/refresh-token', undefined, { cookie: rotating.cookie }),
        ),
        service.post('/deactivate', undefined, { token: one.token }),
        ...Array.from({ length: 5 }, () => service.post('/login', credentials)),
      ]);
      const alive = await service.sql(
        `SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL
         UNION ALL SELECT id FROM refresh_tokens WHERE user_id = $1 AND revoked_at IS NULL`,
        [one.id],
      );
      expect(alive).toEqual([]);
    }
  });
});

describe('DELETE /me', () => {
  it('deletes the account with all that hangs on it, and clears the cookie', async () => {
    await service.fetch('/profile', { method: 'PATCH', token: session.token, json: { first_name: 'Ada' } });
    await service.sql(
      `INSERT INTO identities (user_id, provider, subject) VALUES ($1, 'google', gen_random_uuid())`,
      [session.id],
    );
    await age(session);
    const response = await remove(session, { password: session.password });
    expect(response.status).toBe(204);
    expect(response.headers.get('Set-Cookie')).toMatch(/^refresh_token=; Max-Age=0/);
    for (const table of ['profiles', 'identities', 'sessions', 'refresh_tokens', 'one_time_tokens']) {
      expect(await service.sql(`SELECT FROM ${table} WHERE user_id = $1`, [session.id])).toHaveLength(0);
    }
    expect(await exists(session.id)).toBe(false);
    expect((await service.fetch('/me', { token: session.token })).status).toBe(401);
  });

  it('frees the address and the username at once', async () => {
    await remove(session);
    const { email, username, password } = session;
    expect((await service.post('/register', { email, username, password })).status).toBe(201);
  });

  it('needs no password within ten minutes of the login, and one after', async () => {
    await age(session);
    const stale = await remove(session);
    expect([stale.status, await codeOf(stale)]).toEqual([403, 'reauthentication_required']);
    expect((await remove(session, {})).status).toBe(403);
    const fresh = await logIn(service, session);
    expect((await remove(fresh)).status).toBe(204);
  });

  it('is not made fresh by a refreshed token', async () => {
    await age(session);
    const refreshed = await service.post('/refresh-token', undefined, { cookie: session.cookie });
    const { token } = await refreshed.json<{ token: string }>();
    expect((await remove({ token })).status).toBe(403);
  });

  it('is for an unverified account as well, which is not mailed', async () => {
    const unverified = await newSession(service, { verified: false });
    expect((await remove(unverified)).status).toBe(204);
    expect(await service.sql('SELECT FROM outbox WHERE recipient = $1', [unverified.email])).toHaveLength(0);
  });

  it('counts a wrong password like the login does, and asks the lock before the right one', async () => {
    for (let time = 0; time < 10; time++) {
      const response = await remove(session, { password: 'wrong' });
      expect([response.status, await codeOf(response)]).toEqual([403, 'wrong_password']);
    }
    const right = await remove(session, { password: session.password });
    expect([right.status, await codeOf(right)]).toEqual([429, 'account_locked']);
    expect(await exists(session.id)).toBe(true);
  });

  it('erases the mails of the person, sends none that waited, and says goodbye', async () => {
    await service.post('/register', { ...newIdentity(), email: newIdentity().email });
    const stranger = newIdentity();
    await service.fetch(
      '/register',
      { method: 'POST', json: { ...stranger, username: session.username } },
      { HIDE_ACCOUNT_EXISTENCE: 'true' },
    );
    const moved = newIdentity().email;
    await service.post(
      '/email-change',
      { new_email: moved, password: session.password },
      { token: session.token },
    );
    expect((await remove(session)).status).toBe(204);
    const left = await service.sql(
      'SELECT kind, recipient FROM outbox WHERE recipient IN ($1, $2, $3) ORDER BY kind',
      [session.email, moved, stranger.email],
    );
    expect(left).toEqual([
      { kind: 'account_deleted', recipient: session.email },
      { kind: 'username_unavailable', recipient: stranger.email },
    ]);
    await service.deliverQueued();
    expect(await service.mailsTo(moved)).toEqual([]);
    expect((await service.mailsTo(session.email)).map((mail) => mail.subject)).toEqual([
      'Your Tollgate account was deleted',
    ]);
  });

  it('works once of 30 times at once', async () => {
    const responses = await Promise.all(Array.from({ length: 30 }, () => remove(session)));
    const statuses = responses.map((response) => response.status).sort();
    expect(statuses).toEqual([204, ...Array(29).fill(401)]);
    const goodbyes = await service.sql(
      `SELECT FROM outbox WHERE recipient = $1 AND kind = 'account_deleted'`,
      [session.email],
    );
    expect(goodbyes).toHaveLength(1);
  });

  it('answers each of many rotations and logins that meet it, and leaves nothing behind', async () => {
    for (let round = 0; round < rounds(5); round++) {
      const one = await newSession(service);
      const other = await logIn(service, one);
      const responses = await Promise.all([
        ...Array.from({ length: 6 }, () =>
          service.post('/refresh-token', undefined, { cookie: other.cookie }),
        ),
        remove(one),
        ...Array.from({ length: 4 }, () =>
          service.post('/login', { email: one.email, password: one.password }),
        ),
      ]);
      expect(responses.map((response) => response.status).filter((status) => status >= 500)).toEqual([]);
      expect(await exists(one.id)).toBe(false);
    }
  });

  it('leaves the last word of an account alone that had the same username before', async () => {
    const first = await newSession(service);
    expect((await remove(first, { password: first.password })).status).toBe(204);
    const told = () =>
      service.sql(`SELECT FROM outbox WHERE recipient = $1 AND kind = 'account_deleted'`, [first.email]);
    expect(await told()).toHaveLength(1);

    const second = { ...newIdentity(), username: first.username };
    expect((await service.post('/register', second)).status).toBe(201);
    const login = await service.post('/login', second);
    const { token } = await login.json<{ token: string }>();
    expect((await remove({ token }, { password: second.password })).status).toBe(204);
    expect(await told()).toHaveLength(1);
  });

  describe('with something to end elsewhere', () => {
    const claimsOf = async (one: SignedIn) => {
      const [row] = await service.sql('SELECT id FROM sessions WHERE user_id = $1', [one.id]);
      return { userId: one.id as UserId, sessionId: row?.id as SessionId };
    };

    it('ends that first, with the account still there', async () => {
      const seen: unknown[] = [];
      const accountClosing = [
        async (user: { id: string; email: string }) => {
          seen.push(user.email, await exists(user.id));
        },
      ];
      await deleteAccount({ ...service.deps(), accountClosing }, await claimsOf(session), {}, ORIGIN);
      expect(seen).toEqual([session.email, true]);
      expect(await exists(session.id)).toBe(false);
    });

    it('deletes nothing when it fails', async () => {
      const accountClosing = [() => Promise.reject(new Error('Stripe is away'))];
      const deletion = deleteAccount(
        { ...service.deps(), accountClosing },
        await claimsOf(session),
        {},
        ORIGIN,
      );
      await expect(deletion).rejects.toMatchObject({ code: 'account_closing_failed' });
      expect(await exists(session.id)).toBe(true);
      expect((await service.fetch('/me', { token: session.token })).status).toBe(200);
    });

    it('ends nothing for the last administrator', async () => {
      await service.sql('UPDATE users SET is_admin = (id = $1)', [session.id]);
      const close = vi.fn(async () => undefined);
      const deps = { ...service.deps(), accountClosing: [close] };
      const deletion = deleteAccount(deps, await claimsOf(session), {}, ORIGIN);
      await expect(deletion).rejects.toMatchObject({ code: 'last_admin' });
      expect(close).not.toHaveBeenCalled();
      await service.sql('UPDATE users SET is_admin = false');
    });

    it('ends nothing for a wrong password or a stale login', async () => {
      const close = vi.fn(async () => undefined);
      const deps = { ...service.deps(), accountClosing: [close] };
      await expect(
        deleteAccount(deps, await claimsOf(session), { password: 'wrong' }, ORIGIN),
      ).rejects.toThrow();
      await age(session);
      await expect(deleteAccount(deps, await claimsOf(session), {}, ORIGIN)).rejects.toThrow();
      expect(close).not.toHaveBeenCalled();
    });
  });

  it('touches no other account', async () => {
    const other = await newAccount(service);
    await remove(session);
    expect(await exists(other.id)).toBe(true);
    expect(await service.sql('SELECT FROM outbox WHERE recipient = $1', [other.email])).toHaveLength(1);
  });
});
