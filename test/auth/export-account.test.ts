import { describe, expect, it } from 'vitest';
import { exportAccount } from '../../src/auth/export-account.ts';
import type { Db, Results } from '../../src/db/client.ts';
import type { SessionId, UserId } from '../../src/ids.ts';
import { logIn, newAdmin, newIdentity, newSession } from '../support/accounts.ts';
import { newKey } from '../support/api-keys.ts';
import { ORIGIN } from '../support/audit-log.ts';
import { useService } from '../support/service.ts';

const service = useService();

describe('GET /me/export', () => {
  it('is a file with everything held about the account', async () => {
    const session = await newSession(service);
    const { id, token, email } = session;
    await service.fetch('/profile', { method: 'PATCH', token, json: { first_name: 'Ada' } });
    await service.sql(
      `INSERT INTO identities (user_id, provider, subject, email) VALUES ($1, 'github', $2, $3)`,
      [id, '4711', email],
    );
    await service.sql(
      `INSERT INTO login_codes (user_id, code_hash, expires_at) VALUES ($1, 'hash of a code', now())`,
      [id],
    );
    await logIn(service, session, { headers: { 'User-Agent': 'curl/8' } });
    await newKey(service, session, ['usage:read']);
    const report = { metric: 'items', quantity: 2, idempotency_key: 'order-1' };
    await service.post('/usage', report, { token });
    await newSession(service);

    const response = await service.fetch('/me/export', { token });
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Disposition')).toBe(`attachment; filename="account-${id}.json"`);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(await response.json()).toMatchObject({
      exported_at: at,
      user: { id, email, is_verified: true },
      profile: { first_name: 'Ada', last_name: null, profile_img: null, created_at: at, updated_at: at },
      store: null,
      identities: [{ provider: 'github', subject: '4711', email, created_at: at }],
      sessions: [
        { id: expect.any(String), ip: '203.0.113.7', created_at: at, expires_at: at, revoked_at: null },
        { user_agent: 'curl/8' },
      ],
      links: [{ purpose: 'verify_email', email, expires_at: at, used_at: null }],
      login_codes: [{ created_at: at, expires_at: at, used_at: null }],
      api_keys: [
        {
          name: 'a key',
          key_prefix: expect.stringMatching(/^tgk_.{8}$/),
          scopes: ['usage:read'],
          created_at: at,
          expires_at: null,
          last_used_at: null,
          revoked_at: null,
        },
      ],
      usage: [{ metric: 'items', day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), reports: 1, quantity: 2 }],
      mails: [
        { kind: 'verify_email', recipient: email, status: 'pending', created_at: at, sent_at: null },
        { kind: 'new_device', recipient: email, status: 'pending', created_at: at, sent_at: null },
      ],
    });
  });

  it('holds no hash, no id of a link and nothing of anybody else', async () => {
    const session = await newSession(service);
    const other = await newSession(service);
    await newKey(service, session);
    await service.sql(
      `INSERT INTO login_codes (user_id, code_hash, expires_at) VALUES ($1, 'hash of a code', now())`,
      [session.id],
    );
    const text = await (await service.fetch('/me/export', { token: session.token })).text();
    const rows = await service.sql(
      `SELECT password_hash AS secret FROM users UNION ALL SELECT token_hash FROM refresh_tokens
       UNION ALL SELECT jti::text FROM refresh_tokens UNION ALL SELECT id::text FROM one_time_tokens
       UNION ALL SELECT code_hash FROM login_codes UNION ALL SELECT key_hash FROM api_keys`,
    );
    expect(rows.length).toBeGreaterThan(6);
    for (const { secret } of rows) expect(text).not.toContain(secret);
    expect(text).not.toContain(other.email);
    expect(text).not.toContain(other.id);
  });

  it('leaves out what was mailed to the address before it was this account’s', async () => {
    const session = await newSession(service);
    await service.sql(
      `INSERT INTO outbox (kind, recipient, payload, dedupe_key, next_attempt_at, created_at)
       VALUES ('account_exists', $1::text, '{}', $1, now(), now() - interval '1 day')`,
      [session.email],
    );
    const response = await service.fetch('/me/export', { token: session.token });
    const { mails } = await response.json<{ mails: { kind: string }[] }>();
    expect(mails.map((mail) => mail.kind)).toEqual(['verify_email']);
  });

  it('tells what the audit log has, and of others not where they are', async () => {
    const session = await newSession(service);
    const admin = await newAdmin(service);
    const stranger = { headers: { 'CF-Connecting-IP': '198.51.100.66', 'User-Agent': 'Guess/1' } };
    await service.post('/login', { email: session.email, password: 'not the password' }, stranger);
    await service.sql(
      `INSERT INTO admin_audit_logs (admin_id, action, target_type, target_id, ip) VALUES ($1, 'user.unlock', 'user', $2, '192.0.2.9')`,
      [admin.id, session.id],
    );
    const headers = { 'User-Agent': 'Desk/1' };
    const { id: keyId } = await newKey(service, session);
    const path = `/admin/users/${session.id}/api-keys/${keyId}`;
    expect((await service.fetch(path, { method: 'DELETE', token: admin.token, headers })).status).toBe(204);
    const granted = { user_id: session.id, plan_code: 'pro', ends_at: null };
    await service.post('/admin/billing/subscriptions', granted, { token: admin.token, headers });
    const response = await service.fetch('/me/export', { token: session.token });
    const { security_events: events } = await response.json<{ security_events: object[] }>();
    const created_at = expect.stringMatching(/Z$/);
    const own = { by: 'account', created_at, ip: '203.0.113.7', user_agent: null };
    expect(events).toEqual([
      { ...own, action: 'account.exported' },
      { action: 'subscription.grant', by: 'administrator', created_at, ip: null, user_agent: null },
      { action: 'api_key.revoke', by: 'administrator', created_at, ip: null, user_agent: null },
      { ...own, action: 'api_key.created' },
      { action: 'user.unlock', by: 'administrator', created_at, ip: null, user_agent: null },
      { action: 'auth.login_failed', by: 'unknown', created_at, ip: null, user_agent: null },
      { ...own, action: 'auth.login' },
      { ...own, action: 'auth.registered' },
    ]);
  });

  it('tells an administrator what they did as such', async () => {
    const [admin, user] = [await newAdmin(service), await newSession(service)];
    await service.post(`/admin/users/${user.id}/sessions/revoke`, undefined, { token: admin.token });
    const response = await service.fetch('/me/export', { token: admin.token });
    const text = await response.text();
    expect(JSON.parse(text).security_events).toContainEqual({
      action: 'user.end_sessions',
      by: 'account',
      created_at: expect.any(String),
      ip: '203.0.113.7',
      user_agent: null,
    });
    expect(text).not.toContain(user.id);
  });

  it('holds nothing for whoever is signed out while it is read', async () => {
    const { id } = await newSession(service);
    const [row] = await service.sql('SELECT id FROM sessions WHERE user_id = $1', [id]);
    const claims = { userId: id as UserId, sessionId: row?.id as SessionId };
    const { db, ...deps } = service.deps();
    const signedOut: Db = {
      ...db,
      async batch(all) {
        const guard = await db.batch(all.slice(0, 1));
        await service.sql('UPDATE sessions SET revoked_at = now() WHERE user_id = $1', [id]);
        return [...guard, ...(await db.batch(all.slice(1)))] as Results<typeof all>;
      },
    };
    await expect(exportAccount({ ...deps, db: signedOut }, claims, ORIGIN)).rejects.toMatchObject({
      code: 'invalid_token',
    });
  });

  it('is for the verified owner alone', async () => {
    expect((await service.fetch('/me/export')).status).toBe(401);
    const unverified = await newSession(service, { verified: false });
    expect((await service.fetch('/me/export', { token: unverified.token })).status).toBe(403);
    expect((await service.post('/register', newIdentity())).status).toBe(201);
  });
});
