import { beforeAll, describe, expect, it } from 'vitest';
import { newAccount, newAdmin, type SignedIn } from '../support/accounts.ts';
import { newKey, withKey } from '../support/api-keys.ts';
import { useService } from '../support/service.ts';

const service = useService();
let admin: SignedIn;
let user: string;
let key: string;
beforeAll(async () => {
  admin = await newAdmin(service);
  user = (await newAccount(service)).id;
  key = (await newKey(service, admin, ['admin:read'])).key;
});

describe('round trips of administrators', () => {
  it.each<[string, number, () => Promise<Response>]>([
    ['statistics', 1, () => service.fetch('/admin/dashboard/stats', { token: admin.token })],
    ['statistics by a key', 1, () => service.fetch('/admin/dashboard/stats', withKey(key))],
    ['users', 2, () => service.fetch('/admin/users', { token: admin.token })],
    ['nobody', 1, () => service.fetch('/admin/users?q=nobody-at-all', { token: admin.token })],
    ['one user', 2, () => service.fetch(`/admin/users/${user}`, { token: admin.token })],
    ['payments', 1, () => service.fetch('/admin/billing/transactions', { token: admin.token })],
    ['subscriptions', 1, () => service.fetch('/admin/billing/subscriptions', { token: admin.token })],
    ['mails', 1, () => service.fetch('/admin/mails', { token: admin.token })],
    ...(['status', 'role'] as const).map((what): [string, number, () => Promise<Response>] => [
      `changing the ${what}`,
      2,
      () =>
        service.fetch(`/admin/users/${user}/${what}`, {
          method: 'PATCH',
          token: admin.token,
          json: what === 'status' ? { is_active: false } : { is_admin: false },
        }),
    ]),
    [
      'verifying',
      2,
      () => service.fetch(`/admin/users/${user}/verify`, { method: 'PATCH', token: admin.token }),
    ],
    ['unlocking', 2, () => service.post(`/admin/users/${user}/unlock`, undefined, { token: admin.token })],
    [
      'ending sessions',
      2,
      () => service.post(`/admin/users/${user}/sessions/revoke`, undefined, { token: admin.token }),
    ],
  ])('%s: %i', async (_what, budget, act) => {
    const trips = await service.roundTrips(async () => {
      expect((await act()).status).toBe(200);
    });
    expect(trips).toBe(budget);
  });
});
