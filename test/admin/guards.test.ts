import { beforeAll, describe, expect, it } from 'vitest';
import { SCOPES } from '../../src/auth/scopes.ts';
import { newAdmin, newSession } from '../support/accounts.ts';
import { newKey, withKey } from '../support/api-keys.ts';
import { useService } from '../support/service.ts';

type Operation = { security?: Record<string, unknown>[]; requestBody?: object };
type Init = { token?: string; headers?: Record<string, string> };

const service = useService();

/** What a route with a body has to be sent to get as far as its guard. A new one gets its line. */
const BODIES: Record<string, object> = {
  'PATCH /admin/users/{id}/status': { is_active: true },
  'PATCH /admin/users/{id}/role': { is_admin: true },
  'POST /admin/billing/subscriptions': { user_id: crypto.randomUUID(), plan_code: 'pro' },
  'PATCH /admin/billing/subscriptions/{id}': { ends_at: null },
  'POST /admin/sql': { sql: 'SELECT 1', mode: 'preview' },
  'POST /admin/ai/chat': { prompt: 'How many users are there?' },
};

/** Who may not, and what they hear: of a route that takes keys, and of one that takes none. */
const CALLERS: Record<string, { by: Init; reading: [number, string]; acting: [number, string] }> = {};
const same = (by: Init, ...refusal: [number, string]) => ({ by, reading: refusal, acting: refusal });

let routes: { name: string; path: string; method: string; takesKeys: boolean; hasBody: boolean }[];
let adminKey: string;

beforeAll(async () => {
  const document = await service
    .fetch('/openapi.json')
    .then((response) => response.json<{ paths: Record<string, Record<string, Operation>> }>());
  routes = Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/admin/'))
    .flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${path}`,
        path: path.replaceAll(/\{\w+\}/g, () => crypto.randomUUID()),
        method: method.toUpperCase(),
        takesKeys: (operation.security ?? []).some((way) => 'apiKey' in way),
        hasBody: operation.requestBody !== undefined,
      })),
    );

  const user = await newSession(service);
  const unverified = await newSession(service, { verified: false });
  const unverifiedAdmin = await newSession(service, { verified: false });
  await service.sql('UPDATE users SET is_admin = true WHERE id = $1', [unverifiedAdmin.id]);
  const admin = await newAdmin(service);
  const scopeless = await newKey(
    service,
    admin,
    SCOPES.filter((scope) => scope !== 'admin:read'),
  );
  adminKey = (await newKey(service, admin, ['admin:read'])).key;
  const former = await newAdmin(service);
  const formerKey = await newKey(service, former, ['admin:read']);
  await service.sql('UPDATE users SET is_admin = false WHERE id = $1', [former.id]);
  const disabled = await newAdmin(service);
  await service.sql('UPDATE users SET is_active = false WHERE id = $1', [disabled.id]);

  Object.assign(CALLERS, {
    anonymous: same({}, 401, 'invalid_token'),
    'a user': same({ token: user.token }, 403, 'admin_required'),
    'an unverified user': same({ token: unverified.token }, 403, 'email_not_verified'),
    'an unverified administrator': same({ token: unverifiedAdmin.token }, 403, 'email_not_verified'),
    'a deactivated administrator': same({ token: disabled.token }, 403, 'account_disabled'),
    'a former administrator': same({ token: former.token }, 403, 'admin_required'),
    'a key without the scope': {
      by: withKey(scopeless.key),
      reading: [403, 'scope_required'],
      acting: [401, 'invalid_token'],
    },
    'the key of a former administrator': {
      by: withKey(formerKey.key),
      reading: [403, 'admin_required'],
      acting: [401, 'invalid_token'],
    },
    'both a token and a key': same(
      { token: admin.token, ...withKey(adminKey) },
      400,
      'ambiguous_credentials',
    ),
  });
});

const call = ({ name, path, method, hasBody }: (typeof routes)[number], by: Init) =>
  service.fetch(path, { method, ...by, ...(hasBody && { json: BODIES[name] ?? {} }) });

describe('every route under /admin', () => {
  it('is looked for in the document of the service', () => {
    expect(routes.length).toBeGreaterThan(20);
    expect(routes.map(({ name }) => name)).toContain('PATCH /admin/users/{id}/role');
  });

  it.each([
    'anonymous',
    'a user',
    'an unverified user',
    'an unverified administrator',
    'a deactivated administrator',
    'a former administrator',
    'a key without the scope',
    'the key of a former administrator',
    'both a token and a key',
  ])('refuses %s', async (who) => {
    const caller = CALLERS[who];
    if (!caller) throw new Error(`nobody is ${who}`);
    const refusals = await Promise.all(
      routes.map(async (route) => {
        const response = await call(route, caller.by);
        return [route.name, response.status, (await response.json<{ code: string }>()).code];
      }),
    );
    expect(refusals).toEqual(
      routes.map(({ name, takesKeys }) => [name, ...(takesKeys ? caller.reading : caller.acting)]),
    );
    expect(await service.sql('SELECT action FROM admin_audit_logs WHERE admin_id IS NOT NULL')).toEqual([]);
  });

  it('that takes a key lets one with admin:read read, and none does anything but read', async () => {
    const taking = routes.filter(({ takesKeys }) => takesKeys);
    expect(taking.length).toBeGreaterThan(12);
    expect(taking.filter(({ method }) => method !== 'GET')).toEqual([]);
    for (const route of taking) {
      const { status } = await call(route, withKey(adminKey));
      expect([200, 404], route.name).toContain(status);
    }
  });
});
