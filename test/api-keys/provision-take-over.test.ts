import { beforeAll, describe, expect, it } from 'vitest';
import { newIdentity } from '../support/accounts.ts';
import { newKey, newPlatform, withKey } from '../support/api-keys.ts';
import { loginCode, resetToken } from '../support/credentials.ts';
import { type Service, useService } from '../support/service.ts';
import { asGoogle, odd, signIn } from '../support/social.ts';

const service: Service = useService(odd());
let platform: Awaited<ReturnType<typeof newPlatform>>;
beforeAll(async () => {
  platform = await newPlatform(service);
});

const PASSWORD = 'a password of the owner';

/** An account that a platform made for somebody's address, and its key. */
async function provisioned() {
  const store = {
    email: newIdentity().email,
    external_platform: 'shop',
    external_store_id: crypto.randomUUID(),
    plan_code: 'pro',
  };
  const response = await service.post('/users/provision', store, withKey(platform.key));
  const { user, api_key } = await response.json<{ user: { id: string }; api_key: string }>();
  return { ...store, id: user.id, key: api_key };
}
const statusOf = async (key: string) => (await service.fetch('/me', withKey(key))).status;

/** Every way in which the owner of the mailbox arrives; each ends signed in. */
const ARRIVALS: Record<string, (email: string) => Promise<Response>> = {
  'a login code': async (email) =>
    service.post('/login/code', { email, code: await loginCode(service, email) }),
  'a new password by mail': async (email) => {
    const token = await resetToken(service, email);
    await service.post('/new-password', { token, password: PASSWORD });
    return service.post('/login', { email, password: PASSWORD });
  },
  'a sign-in with Google': (email) => signIn(service, 'google', asGoogle({ email })),
};

describe.each(Object.entries(ARRIVALS))('the owner of the mailbox, by %s', (_way, arrive) => {
  it('takes the account over: the key of the platform dies, the plan stays', async () => {
    const { id, email, key, ...store } = await provisioned();
    expect(await statusOf(key)).toBe(200);
    const { token, user } = await (await arrive(email)).json<{ token: string; user: object }>();
    expect(user).toMatchObject({ id, is_verified: true });
    expect(await statusOf(key)).toBe(401);
    const alive = 'SELECT FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL';
    expect(await service.sql(alive, [id])).toEqual([]);
    const plan = 'SELECT FROM subscriptions WHERE user_id = $1 AND provider = $2 AND status = $3';
    expect(await service.sql(plan, [id, 'manual', 'active'])).toHaveLength(1);

    const held = await (await service.fetch('/me/export', { token })).json();
    expect(held).toMatchObject({ store: { platform: 'shop', store_id: store.external_store_id } });

    // The platform is told that the account stands, and gets in no more; its owner may hand it a key.
    const again = await service.post('/users/provision', { ...store, email }, withKey(platform.key));
    expect([again.status, await again.json()]).toEqual([
      200,
      { user: expect.objectContaining({ id, is_verified: true }), created: false },
    ]);
    const own = await newKey(service, { token });
    expect(await statusOf(own.key)).toBe(200);
    // A second proof is no arrival: what the owner made stays.
    await arrive(email);
    expect(await statusOf(own.key)).toBe(200);
  });

  it('finds no key alive, however many calls are under way', async () => {
    const { id, email, key } = await provisioned();
    const [arrived] = await Promise.all([arrive(email), ...Array.from({ length: 20 }, () => statusOf(key))]);
    expect(arrived.status).toBe(200);
    expect(await statusOf(key)).toBe(401);
    const alive = 'SELECT FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL';
    expect(await service.sql(alive, [id])).toEqual([]);
  });
});

describe('an account that nobody has taken over', () => {
  it('is opened by no password, and registered by nobody else', async () => {
    const { email } = await provisioned();
    for (const password of ['', 'null', PASSWORD]) {
      expect((await service.post('/login', { email, password })).status).toBeGreaterThanOrEqual(401);
    }
    const registered = await service.post('/register', { ...newIdentity(), email });
    expect(await registered.json()).toMatchObject({ status: 409, code: 'email_taken' });
  });
});
