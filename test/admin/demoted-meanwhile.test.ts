import { beforeEach, describe, expect, it } from 'vitest';
import { resolveAlert } from '../../src/admin/alerts.ts';
import { setRole, setStatus, verifyUser } from '../../src/admin/change-user.ts';
import { endSessionOf, endSessionsOf, revokeKeyOf } from '../../src/admin/end-credentials.ts';
import { replayEvent } from '../../src/admin/events.ts';
import { createExport } from '../../src/admin/exports.ts';
import { mailReset, unlockUser } from '../../src/admin/let-in-again.ts';
import { replayMail } from '../../src/admin/mails.ts';
import type { AdminDeps } from '../../src/admin/ports.ts';
import type { Administrator } from '../../src/auth/administrator.ts';
import { createPlan } from '../../src/billing/create-plan.ts';
import { deletePlan } from '../../src/billing/delete-plan.ts';
import type { PlanDeps } from '../../src/billing/ports.ts';
import { updatePlan } from '../../src/billing/update-plan.ts';
import type { ApiKeyId, BillingAlertId, OutboxId, PlanId, SessionId, UserId } from '../../src/ids.ts';
import { newAdmin, newSession } from '../support/accounts.ts';
import { newKey } from '../support/api-keys.ts';
import { useService } from '../support/service.ts';

const service = useService();
let deps: AdminDeps & PlanDeps;
let admin: Administrator;
let user: UserId;
let session: SessionId;
let key: ApiKeyId;
let alert: BillingAlertId;
let mail: OutboxId;

const sessionOf = async (id: string) =>
  (await service.sql('SELECT id FROM sessions WHERE user_id = $1', [id]))[0]?.id as SessionId;

/** The guard lets an administrator pass, who then is none any more. */
beforeEach(async () => {
  const [boss, somebody] = [await newAdmin(service), await newSession(service)];
  user = somebody.id as UserId;
  session = await sessionOf(user);
  key = (await newKey(service, somebody)).id as ApiKeyId;
  await service.post('/login', { email: somebody.email, password: 'wrong' });
  const [alerted] = await service.sql(
    `INSERT INTO billing_alerts (kind, details, dedupe_key) VALUES ('k', '{}', gen_random_uuid()::text) RETURNING id`,
  );
  alert = alerted?.id;
  await service.sql(
    `INSERT INTO stripe_events (id, type, status) VALUES ('evt_dead', 'invoice.paid', 'dead') ON CONFLICT DO NOTHING`,
  );
  const [dead] = await service.sql(`UPDATE outbox SET status = 'dead' WHERE user_id = $1 RETURNING id`, [
    user,
  ]);
  mail = dead?.id;
  const claims = { userId: boss.id as UserId, sessionId: await sessionOf(boss.id) };
  admin = { claims, origin: { requestId: 'r', ip: null, userAgent: null } };
  const { db, ...rest } = service.deps();
  let guarded = false;
  const after = async <T>(answer: T): Promise<T> => {
    if (!guarded) await service.sql('UPDATE users SET is_admin = false WHERE id = $1', [boss.id]);
    guarded = true;
    return answer;
  };
  deps = {
    ...rest,
    db: {
      query: async (one) => after(await db.query(one)),
      batch: async (all) => after(await db.batch(all)),
    },
  };
});

const everything = async () =>
  Promise.all(
    [
      'SELECT is_active, is_admin, is_verified FROM users WHERE id = $1',
      'SELECT revoked_at FROM sessions WHERE user_id = $1',
      'SELECT revoked_at FROM refresh_tokens WHERE user_id = $1',
      'SELECT revoked_at FROM api_keys WHERE user_id = $1',
      'SELECT status FROM outbox WHERE user_id = $1 ORDER BY id',
      'SELECT purpose FROM one_time_tokens WHERE user_id = $1 ORDER BY id',
      'SELECT resolved_at FROM billing_alerts WHERE $1::uuid IS NOT NULL',
      'SELECT status FROM stripe_events WHERE $1::uuid IS NOT NULL',
      'SELECT failed_at FROM login_throttles WHERE $1::uuid IS NOT NULL ORDER BY subject',
      'SELECT action FROM admin_audit_logs WHERE $1::uuid IS NOT NULL AND admin_id IS NOT NULL',
    ].map((text) => service.sql(text, [user])),
  );

describe('whoever stops being an administrator between the guard and the act', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['switches nobody off', () => setStatus(deps, admin, user, false)],
    ['makes no administrator', () => setRole(deps, admin, user, true)],
    [
      'verifies nobody',
      async () => {
        await service.sql('UPDATE users SET is_verified = false WHERE id = $1', [user]);
        await verifyUser(deps, admin, user).finally(() =>
          service.sql('UPDATE users SET is_verified = NOT is_verified WHERE id = $1', [user]),
        );
      },
    ],
    ['ends no sessions', () => endSessionsOf(deps, admin, user)],
    ['ends no session', () => endSessionOf(deps, admin, user, session)],
    ['revokes no key', () => revokeKeyOf(deps, admin, user, key)],
    ['has nobody mailed', () => mailReset(deps, admin, user)],
    ['unlocks nobody', () => unlockUser(deps, admin, user)],
    ['replays no event', () => replayEvent(deps, admin, 'evt_dead')],
    ['replays no mail', () => replayMail(deps, admin, mail)],
    ['resolves no alert', () => resolveAlert(deps, admin, alert)],
  ])('%s', async (_what, act) => {
    const before = await everything();
    await expect(act()).rejects.toMatchObject({ code: 'admin_required' });
    expect(await everything()).toEqual(before);
  });

  it.each<[string, (plan: PlanId) => Promise<unknown>]>([
    [
      'makes no plan',
      () =>
        createPlan(deps, admin, {
          name: 'Mine',
          code: 'mine',
          priceCents: 0,
          currency: 'EUR',
          billingPeriod: 'monthly',
          tier: 'pro',
          trialDays: 0,
          limits: { maxItems: 1, maxSecondary: 1, apiAccess: true },
        }),
    ],
    ['changes no plan', (plan) => updatePlan(deps, admin, plan, { name: 'Mine' })],
    ['makes no plan cost nothing', (plan) => updatePlan(deps, admin, plan, { priceCents: 0 })],
    ['deletes no plan', (plan) => deletePlan(deps, admin, plan)],
  ])('%s', async (_what, act) => {
    const plans = () =>
      Promise.all(
        [
          'SELECT to_jsonb(plans) FROM plans ORDER BY code',
          'SELECT plan_id, archived_at FROM plan_prices ORDER BY id',
          'SELECT kind FROM billing_tasks',
          `SELECT FROM admin_audit_logs WHERE action LIKE 'plan.%'`,
        ].map((text) => service.sql(text)),
      );
    const [pro] = await service.sql(`SELECT id FROM plans WHERE code = 'pro'`);
    const before = await plans();
    await expect(act(pro?.id)).rejects.toMatchObject({ code: 'admin_required' });
    expect(await plans()).toEqual(before);
  });

  it('makes no export', async () => {
    await service.sql('UPDATE users SET is_admin = false WHERE id = $1', [admin.claims.userId]);
    await expect(createExport(service.deps(), admin, 'SELECT 1')).rejects.toMatchObject({
      code: 'admin_required',
    });
    expect(await service.sql('SELECT FROM admin_exports')).toEqual([]);
  });
});
