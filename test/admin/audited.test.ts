import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Account, newAccount, newAdmin, newSession, type SignedIn } from '../support/accounts.ts';
import { newKey } from '../support/api-keys.ts';
import { useService } from '../support/service.ts';

const service = useService();
let admin: SignedIn;
let user: SignedIn;
let stranger: Account;
beforeAll(async () => {
  admin = await newAdmin(service);
});
beforeEach(async () => {
  user = await newSession(service);
  stranger = await newAccount(service, { verified: false });
});

const act = (method: string, path: string, json?: object) =>
  service.fetch(`/admin/${path}`, { method, token: admin.token, ...(json && { json }) });

type Act = {
  run: () => Promise<Response>;
  /** What it is about, as it stands. */
  look: () => Promise<unknown>;
  audit: { action: string; target_type: string; before?: object | null; after?: object | null };
};

const rowOf = async (table: string, id: string, ...columns: string[]) =>
  (await service.sql(`SELECT ${columns.join(', ')} FROM ${table} WHERE id = $1`, [id]))[0];
const accountOf = ({ id }: { id: string }) =>
  rowOf('users', id, 'is_active', 'is_admin', 'is_verified', 'password_hash');
const sessionsOf = ({ id }: { id: string }) =>
  service.sql('SELECT revoked_at FROM sessions WHERE user_id = $1 ORDER BY id', [id]);
const mailsOf = ({ id }: { id: string }, kind: string) =>
  service.sql('SELECT id FROM outbox WHERE user_id = $1 AND kind = $2', [id, kind]);

/** Every act of an administrator in this folder, made ready. */
const ACTS: Record<string, () => Promise<Act>> = {
  'switching off': async () => ({
    run: () => act('PATCH', `users/${user.id}/status`, { is_active: false }),
    look: async () => [
      await accountOf(user),
      await sessionsOf(user),
      await mailsOf(user, 'account_deactivated'),
    ],
    audit: {
      action: 'user.deactivate',
      target_type: 'user',
      before: { is_active: true },
      after: { is_active: false },
    },
  }),
  'switching on': async () => {
    await service.sql('UPDATE users SET is_active = false WHERE id = $1', [user.id]);
    return {
      run: () => act('PATCH', `users/${user.id}/status`, { is_active: true }),
      look: () => accountOf(user),
      audit: {
        action: 'user.activate',
        target_type: 'user',
        before: { is_active: false },
        after: { is_active: true },
      },
    };
  },
  promoting: async () => ({
    run: () => act('PATCH', `users/${user.id}/role`, { is_admin: true }),
    look: () => accountOf(user),
    audit: {
      action: 'user.promote',
      target_type: 'user',
      before: { is_admin: false },
      after: { is_admin: true },
    },
  }),
  demoting: async () => {
    await service.sql('UPDATE users SET is_admin = true WHERE id = $1', [user.id]);
    return {
      run: () => act('PATCH', `users/${user.id}/role`, { is_admin: false }),
      look: () => accountOf(user),
      audit: {
        action: 'user.demote',
        target_type: 'user',
        before: { is_admin: true },
        after: { is_admin: false },
      },
    };
  },
  verifying: async () => ({
    run: () => act('PATCH', `users/${stranger.id}/verify`),
    look: () => accountOf(stranger),
    audit: {
      action: 'user.verify',
      target_type: 'user',
      before: { is_verified: false },
      after: { is_verified: true },
    },
  }),
  'ending all sessions': async () => ({
    run: () => act('POST', `users/${user.id}/sessions/revoke`),
    look: () => sessionsOf(user),
    audit: { action: 'user.end_sessions', target_type: 'user', after: { revoked: 1 } },
  }),
  'ending one session': async () => {
    const [session] = await service.sql('SELECT id FROM sessions WHERE user_id = $1', [user.id]);
    return {
      run: () => act('DELETE', `users/${user.id}/sessions/${session?.id}`),
      look: () => sessionsOf(user),
      audit: { action: 'session.revoke', target_type: 'session', before: { user_id: user.id }, after: null },
    };
  },
  'revoking a key': async () => {
    const { id } = await newKey(service, user);
    return {
      run: () => act('DELETE', `users/${user.id}/api-keys/${id}`),
      look: () => rowOf('api_keys', id, 'revoked_at'),
      audit: { action: 'api_key.revoke', target_type: 'api_key', before: { user_id: user.id }, after: null },
    };
  },
  'mailing a reset': async () => ({
    run: () => act('POST', `users/${user.id}/password-reset`),
    look: () => mailsOf(user, 'reset_password'),
    audit: { action: 'user.send_reset', target_type: 'user', after: { mail_id: expect.any(String) } },
  }),
  unlocking: async () => {
    await service.post('/login', { email: user.email, password: 'wrong' });
    return {
      run: () => act('POST', `users/${user.id}/unlock`),
      look: () => service.sql('SELECT failed_at FROM login_throttles WHERE cardinality(failed_at) > 0'),
      audit: { action: 'user.unlock', target_type: 'user', before: { failures: 1 }, after: null },
    };
  },
  'replaying an event': async () => {
    const id = `evt_${crypto.randomUUID()}`;
    await service.sql(
      `INSERT INTO stripe_events (id, type, status, attempts, last_error) VALUES ($1, 'invoice.paid', 'dead', 7, 'billing_refused')`,
      [id],
    );
    return {
      run: () => act('POST', `billing/events/${id}/replay`),
      look: () => rowOf('stripe_events', id, 'status'),
      audit: {
        action: 'event.replay',
        target_type: 'event',
        before: { status: 'dead', attempts: 7 },
        after: { status: 'received' },
      },
    };
  },
  'resolving an alert': async () => {
    const [alert] = await service.sql(
      `INSERT INTO billing_alerts (kind, details, dedupe_key) VALUES ('test', '{}', gen_random_uuid()::text) RETURNING id`,
    );
    return {
      run: () => act('POST', `billing/alerts/${alert?.id}/resolve`),
      look: () => rowOf('billing_alerts', alert?.id, 'resolved_at'),
      audit: { action: 'alert.resolve', target_type: 'alert', before: { kind: 'test', resolved_at: null } },
    };
  },
  'replaying a mail': async () => {
    const [mail] = await service.sql(
      `UPDATE outbox SET status = 'dead', attempts = 4, last_error = '550' WHERE user_id = $1 RETURNING id`,
      [user.id],
    );
    return {
      run: () => act('POST', `mails/${mail?.id}/replay`),
      look: () => rowOf('outbox', mail?.id, 'status', 'attempts'),
      audit: {
        action: 'mail.replay',
        target_type: 'mail',
        before: { status: 'dead', attempts: 4 },
        after: { status: 'pending' },
      },
    };
  },
};

const audits = () =>
  service.sql(
    'SELECT admin_id, user_id, action, target_type, target_id, before, after, request_id, ip FROM admin_audit_logs ORDER BY created_at DESC LIMIT 1',
  );
const count = async () => (await service.sql('SELECT count(*)::int AS n FROM admin_audit_logs'))[0]?.n;

describe.each(Object.entries(ACTS))('%s', (_name, prepare) => {
  it('writes one row of the audit log, and none when it is done already', async () => {
    const { run, look, audit } = await prepare();
    const [was, logged] = [await look(), await count()];
    expect((await run()).status).toBeLessThan(300);
    expect(await look()).not.toEqual(was);
    const [row] = await audits();
    expect(row).toMatchObject({ ...audit, admin_id: admin.id, user_id: null, ip: '203.0.113.7' });
    expect(row?.request_id).toBeTruthy();
    expect(await count()).toBe(logged + 1);
    const again = audit.action === 'user.send_reset' ? undefined : await run();
    expect(again?.status ?? 200).toBeLessThan(500);
    expect(await count()).toBe(logged + 1);
  });

  it('is not done where the row can not be written', async () => {
    const { run, look } = await prepare();
    const was = await look();
    await service.sql('ALTER TABLE admin_audit_logs ADD CONSTRAINT full_disk CHECK (false) NOT VALID');
    try {
      expect((await run()).status).toBe(500);
    } finally {
      await service.sql('ALTER TABLE admin_audit_logs DROP CONSTRAINT full_disk');
    }
    expect(await look()).toEqual(was);
  });
});
