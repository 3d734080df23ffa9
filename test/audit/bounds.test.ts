import { describe, expect, inject, it, vi } from 'vitest';
import { newAccount, newIdentity, newSession } from '../support/accounts.ts';
import { auditRows } from '../support/audit-log.ts';
import { useBilling } from '../support/billing.ts';

const { service } = useBilling();
/** Races only show where there is more than one connection; the embedded database is spared. */
const ATTEMPTS = inject('realPostgres') ? 30 : 12;

const wrong = (email: string) => service.post('/login', { email, password: 'not the password' });
const many = <T>(count: number, act: () => Promise<T>) => Promise.all(Array.from({ length: count }, act));
const count = async (where: string) =>
  (await service.sql(`SELECT count(*)::int AS n FROM admin_audit_logs WHERE ${where}`))[0]?.n;
const failed = async (id: string) => (await auditRows(service, 'auth.login_failed', id)).length;
const locked = async (id: string) => (await auditRows(service, 'auth.locked', id)).length;

describe('what can be made to happen without end leaves few rows', () => {
  it('wrong passwords: ten, and one for the lock, of however many at once', async () => {
    const { id, email } = await newAccount(service);
    await many(ATTEMPTS, () => wrong(email));
    expect(await failed(id)).toBe(10);
    expect(await locked(id)).toBe(1);
    await many(5, () => wrong(email));
    expect(await failed(id)).toBe(10);
    expect(await locked(id)).toBe(1);
  });

  it('wrong passwords after each lock: one for the next', async () => {
    const { id, email } = await newAccount(service);
    await many(10, () => wrong(email));
    for (const locks of [2, 3]) {
      await service.sql(`UPDATE login_throttles SET locked_until = now() - interval '1 s' WHERE locks > 0`);
      await wrong(email);
      await wrong(email);
      expect(await locked(id)).toBe(locks);
    }
    expect(await failed(id)).toBe(10);
  });

  it('wrong passwords for addresses that nobody has: one a minute, by a keyed hash', async () => {
    // Two when a minute ends meanwhile.
    await many(ATTEMPTS, () => wrong(newIdentity().email));
    await many(3, () => service.post('/login/code', { email: newIdentity().email, code: '12345678' }));
    const rows = await service.sql(`SELECT * FROM admin_audit_logs WHERE target_type = 'address'`);
    expect([1, 2]).toContain(rows.length);
    expect(rows[0]).toMatchObject({
      action: 'auth.login_failed',
      user_id: null,
      target_id: expect.stringMatching(/^[0-9a-f]{64}$/),
      after: { method: 'password' },
    });
  });

  it('webhooks nobody signed: one a minute, and hardly a round trip', async () => {
    const refuse = () => service.post('/billing/stripe/webhook', {});
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now());
    expect(await service.roundTrips(() => many(ATTEMPTS, refuse))).toBe(1);
    expect(await service.roundTrips(refuse)).toBe(0);
    expect(await count(`action = 'webhook.refused'`)).toBe(1);
    // What could not be written is tried again.
    clock.mockReturnValue(Date.now() + 60_000);
    expect((await service.withoutDatabase(refuse)).status).toBe(503);
    expect(await service.roundTrips(refuse)).toBe(1);
    expect(await service.roundTrips(refuse)).toBe(0);
    clock.mockRestore();
    expect([1, 2]).toContain(await count(`action = 'webhook.refused'`));
    // Another isolate knows nothing of it.
    await service.fetch('/billing/stripe/webhook', { method: 'POST', json: {} }, {});
    expect([1, 2]).toContain(await count(`action = 'webhook.refused'`));
  });

  it('links to set a password: as many as mails', async () => {
    const { id, email } = await newAccount(service);
    await many(8, () => service.post('/forget-password', { email }));
    expect(await auditRows(service, 'auth.reset_requested', id)).toHaveLength(5);
  });

  it('a refresh token that returns over and over: one', async () => {
    const { id, cookie } = await newSession(service);
    await service.post('/refresh-token', undefined, { cookie });
    await service.sql(
      `UPDATE refresh_tokens SET revoked_at = revoked_at - interval '1 min' WHERE user_id = $1`,
      [id],
    );
    await many(5, () => service.post('/refresh-token', undefined, { cookie }));
    expect(await auditRows(service, 'auth.refresh_reused', id)).toHaveLength(1);
  });
});
