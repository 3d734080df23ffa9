import { describe, expect, it } from 'vitest';
import type { SecurityEvent } from '../../src/audit/audit.ts';
import { logIn, mailedToken, newAccount, newIdentity, newSession } from '../support/accounts.ts';
import { newKey } from '../support/api-keys.ts';
import { useBilling } from '../support/billing.ts';
import { askForReset, loginCode, resetToken } from '../support/credentials.ts';
import { asGoogle, begin, callback, codeFor, odd } from '../support/social.ts';

const { service } = useBilling(odd());
const NEW = 'a new and better password';

type Init = { headers: Record<string, string> };
type Row = {
  user_id: unknown;
  target_type: string;
  target_id: unknown;
  before?: unknown;
  after?: unknown;
};
/** Something is put in place; then it is done, and this is what the log has of it. */
type Arrange = () => Promise<{ act: (init: Init) => Promise<Response>; row: () => Promise<Row> | Row }>;

const one = async (text: string, ...parameters: unknown[]) =>
  String(Object.values((await service.sql(text, parameters))[0] ?? {})[0]);
const newestSession = (userId: string) =>
  one('SELECT id FROM sessions WHERE user_id = $1 ORDER BY created_at DESC, id LIMIT 1', userId);
const ownAct = (id: string, rest: Partial<Row> = {}) => ({
  user_id: id,
  target_type: 'user',
  target_id: id,
  before: null,
  after: null,
  ...rest,
});
const strangersAct = (id: string, rest: Partial<Row> = {}) => ({ ...ownAct(id, rest), user_id: null });
const wrong = (email: string, init: object = {}) =>
  service.post('/login', { email, password: 'not the password' }, init);
const viaGoogle = async (script: ReturnType<typeof asGoogle>, { headers }: Init) => {
  const begun = await begin(service, 'google');
  const query = { code: codeFor(begun, script), state: begun.state };
  return callback(service, 'google', query, { cookie: begun.cookie, headers });
};
async function moved() {
  const session = await newSession(service);
  const next = newIdentity().email;
  const { token, password } = session;
  await service.post('/email-change', { new_email: next, password }, { token });
  return { session, next, link: await mailedToken(service, next) };
}
const masked = (email: string) => email.replace(/^(.)[^@]*/, '$1…');

const EVENTS: [string, SecurityEvent, Arrange][] = [
  [
    'a registration',
    'auth.registered',
    async () => {
      const identity = newIdentity();
      return {
        act: (init) => service.post('/register', identity, init),
        row: async () =>
          ownAct(await one('SELECT id FROM users WHERE email = $1', identity.email), {
            after: { provider: 'local' },
          }),
      };
    },
  ],
  [
    'the first sign-in by a provider',
    'auth.registered',
    async () => {
      const { email } = newIdentity();
      const script = asGoogle({ email });
      return {
        act: (init) => viaGoogle(script, init),
        row: async () =>
          ownAct(await one('SELECT id FROM users WHERE email = $1', email), {
            after: { provider: 'google' },
          }),
      };
    },
  ],
  [
    'a link that proves the mailbox',
    'auth.verified',
    async () => {
      const account = await newAccount(service, { verified: false });
      const token = await mailedToken(service, account.email);
      return {
        act: (init) => service.fetch(`/verify?token=${token}`, init),
        row: () => ownAct(account.id, { after: { by: 'link' } }),
      };
    },
  ],
  [
    'a code that does',
    'auth.verified',
    async () => {
      const account = await newAccount(service, { verified: false });
      const code = await loginCode(service, account.email);
      return {
        act: (init) => service.post('/login/code', { email: account.email, code }, init),
        row: () => ownAct(account.id, { after: { by: 'login_code' } }),
      };
    },
  ],
  [
    'a login by password',
    'auth.login',
    async () => {
      const { id, email, password } = await newAccount(service);
      return {
        act: (init) => service.post('/login', { email, password }, init),
        row: async () => ({
          ...ownAct(id, { after: { method: 'password' } }),
          target_type: 'session',
          target_id: await newestSession(id),
        }),
      };
    },
  ],
  [
    'a login by code',
    'auth.login',
    async () => {
      const { id, email } = await newAccount(service);
      const code = await loginCode(service, email);
      return {
        act: (init) => service.post('/login/code', { email, code }, init),
        row: async () => ({
          ...ownAct(id, { after: { method: 'code' } }),
          target_type: 'session',
          target_id: await newestSession(id),
        }),
      };
    },
  ],
  [
    'a wrong password',
    'auth.login_failed',
    async () => {
      const { id, email } = await newAccount(service);
      return {
        act: (init) => wrong(email, init),
        row: () => strangersAct(id, { after: { method: 'password' } }),
      };
    },
  ],
  [
    'a wrong password of who is signed in',
    'auth.login_failed',
    async () => {
      const { id, token } = await newSession(service);
      const passwords = { old_password: 'not the password', new_password: NEW };
      return {
        act: (init) => service.post('/change-password', passwords, { token, ...init }),
        row: () => ownAct(id, { after: { method: 'password' } }),
      };
    },
  ],
  [
    'a wrong code',
    'auth.login_failed',
    async () => {
      const { id, email } = await newAccount(service);
      return {
        act: (init) => service.post('/login/code', { email, code: '12345678' }, init),
        row: () => strangersAct(id, { after: { method: 'code' } }),
      };
    },
  ],
  [
    'the wrong password that locks',
    'auth.locked',
    async () => {
      const { id, email } = await newAccount(service);
      await Promise.all(Array.from({ length: 9 }, () => wrong(email)));
      return {
        act: (init) => wrong(email, init),
        row: () => strangersAct(id, { after: { method: 'password' } }),
      };
    },
  ],
  [
    'a log-out',
    'auth.logout',
    async () => {
      const session = await newSession(service);
      await logIn(service, session);
      const family = await one(
        'SELECT id FROM sessions WHERE user_id = $1 ORDER BY created_at LIMIT 1',
        session.id,
      );
      return {
        act: (init) => service.post('/logout?scope=all', undefined, { cookie: session.cookie, ...init }),
        row: () => ({
          ...ownAct(session.id, { after: { scope: 'all', sessions_ended: 2 } }),
          target_type: 'session',
          target_id: family,
        }),
      };
    },
  ],
  [
    'a refresh token that returns',
    'auth.refresh_reused',
    async () => {
      const { id, cookie } = await newSession(service);
      await service.post('/refresh-token', undefined, { cookie });
      await service.sql(
        `UPDATE refresh_tokens SET revoked_at = revoked_at - interval '1 min' WHERE user_id = $1`,
        [id],
      );
      return {
        act: (init) => service.post('/refresh-token', undefined, { cookie, ...init }),
        row: async () => strangersAct(id, { after: { session_id: await newestSession(id) } }),
      };
    },
  ],
  [
    'a changed password',
    'auth.password_changed',
    async () => {
      const { id, token, password } = await newSession(service);
      const passwords = { old_password: password, new_password: NEW };
      return {
        act: (init) => service.post('/change-password', passwords, { token, ...init }),
        row: () => ownAct(id),
      };
    },
  ],
  [
    'a link to set a password, asked for',
    'auth.reset_requested',
    async () => {
      const { id, email } = await newAccount(service);
      return { act: (init) => askForReset(service, email, init), row: () => strangersAct(id) };
    },
  ],
  [
    'a password set by it',
    'auth.password_reset',
    async () => {
      const { id, email } = await newAccount(service);
      const token = await resetToken(service, email);
      return {
        act: (init) => service.post('/new-password', { token, password: NEW }, init),
        row: () => ownAct(id),
      };
    },
  ],
  [
    'a changed address',
    'auth.email_changed',
    async () => {
      const { session, next, link } = await moved();
      return {
        act: (init) => service.post('/email-change/confirm', { token: link }, init),
        row: () =>
          ownAct(session.id, {
            before: { email: masked(session.email) },
            after: { email: masked(next), undone: false },
          }),
      };
    },
  ],
  [
    'an address taken back',
    'auth.email_changed',
    async () => {
      const { session, next, link } = await moved();
      await service.post('/email-change/confirm', { token: link });
      const token = await mailedToken(service, session.email);
      return {
        act: (init) => service.post('/email-change/undo', { token }, init),
        row: () =>
          ownAct(session.id, {
            before: { email: masked(next) },
            after: { email: masked(session.email), undone: true },
          }),
      };
    },
  ],
  [
    'an identity that takes an account over',
    'auth.identity_linked',
    async () => {
      const { id, email } = await newAccount(service, { verified: false });
      const script = asGoogle({ email });
      return {
        act: (init) => viaGoogle(script, init),
        row: () => ownAct(id, { after: { provider: 'google', taken_over: true } }),
      };
    },
  ],
  [
    'a deactivation',
    'account.deactivated',
    async () => {
      const { id, token } = await newSession(service);
      return {
        act: (init) => service.post('/deactivate', undefined, { token, ...init }),
        row: () => ownAct(id),
      };
    },
  ],
  [
    'a deletion',
    'account.deleted',
    async () => {
      const { id, token } = await newSession(service);
      return {
        act: (init) => service.fetch('/me', { method: 'DELETE', token, ...init }),
        row: () => ownAct(id),
      };
    },
  ],
  [
    'an export',
    'account.exported',
    async () => {
      const { id, token } = await newSession(service);
      return { act: (init) => service.fetch('/me/export', { token, ...init }), row: () => ownAct(id) };
    },
  ],
  [
    'a new key',
    'api_key.created',
    async () => {
      const { id, token } = await newSession(service);
      const key = { name: 'ci', scopes: ['usage:read'] };
      return {
        act: (init) => service.post('/api-keys', key, { token, ...init }),
        row: async () => ({
          ...ownAct(id, {
            after: { ...key, key_prefix: expect.stringMatching(/^tgk_.{8}$/), expires_at: null },
          }),
          target_type: 'api_key',
          target_id: await one('SELECT id FROM api_keys WHERE user_id = $1', id),
        }),
      };
    },
  ],
  [
    'a key that is revoked',
    'api_key.revoked',
    async () => {
      const session = await newSession(service);
      const key = await newKey(service, session);
      return {
        act: (init) =>
          service.fetch(`/api-keys/${key.id}`, { method: 'DELETE', token: session.token, ...init }),
        row: () => ({
          ...ownAct(session.id, { before: { name: 'a key', key_prefix: key.key.slice(0, 12) } }),
          target_type: 'api_key',
          target_id: key.id,
        }),
      };
    },
  ],
  [
    'a session that is ended',
    'session.revoked',
    async () => {
      const session = await newSession(service);
      const other = await newestSession(session.id);
      const { token } = await logIn(service, session);
      return {
        act: (init) => service.fetch(`/sessions/${other}`, { method: 'DELETE', token, ...init }),
        row: () => ({ ...ownAct(session.id), target_type: 'session', target_id: other }),
      };
    },
  ],
  [
    'a webhook that is refused',
    'webhook.refused',
    async () => ({
      act: (init) => service.post('/billing/stripe/webhook', {}, init),
      row: () => ({
        user_id: null,
        target_type: 'webhook',
        target_id: 'stripe',
        before: null,
        after: { reason: 'signature_invalid' },
      }),
    }),
  ],
];

const TABLES =
  `users sessions refresh_tokens one_time_tokens login_codes api_keys identities profiles login_throttles
  outbox mail_quotas stripe_events admin_audit_logs`.split(/\s+/);

/** Everything there is, as one value. */
async function database(): Promise<unknown> {
  const images = TABLES.map(
    (table) => `(SELECT string_agg(row::text, E'\n' ORDER BY row::text) FROM ${table} AS row) AS ${table}`,
  );
  return (await service.sql(`SELECT ${images.join(', ')}`))[0];
}

/** The rows of one event can't be written, meanwhile. */
async function withoutRows<T>(event: SecurityEvent, act: () => Promise<T>): Promise<T> {
  await service.sql(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                     AS $$ BEGIN RAISE EXCEPTION 'no room in the log'; END $$`);
  await service.sql(`CREATE TRIGGER refuse BEFORE INSERT ON admin_audit_logs FOR EACH ROW
                     WHEN (NEW.action = '${event}') EXECUTE FUNCTION refuse()`);
  try {
    return await act();
  } finally {
    await service.sql('DROP TRIGGER refuse ON admin_audit_logs');
  }
}

describe('the audit log', () => {
  it.each(EVENTS)('has one row of %s, or nothing was done', async (_, event, arrange) => {
    const { act, row } = await arrange();
    const before = await database();
    const refused = await withoutRows(event, () => act({ headers: {} }));
    expect(refused.status).toBe(500);
    expect(await database()).toEqual(before);

    const requestId = crypto.randomUUID();
    const response = await act({ headers: { 'X-Request-Id': requestId, 'User-Agent': 'Test/1' } });
    expect(response.status).toBeLessThan(500);
    const rows = await service.sql('SELECT * FROM admin_audit_logs WHERE request_id = $1 AND action = $2', [
      requestId,
      event,
    ]);
    expect(rows).toMatchObject([
      { admin_id: null, ip: '203.0.113.7', user_agent: 'Test/1', ...(await row()) },
    ]);
  });

  it('names no address, secret, token or code', async () => {
    const rows = await service.sql(
      `SELECT string_agg(log::text, E'\n') AS text FROM admin_audit_logs AS log`,
    );
    const text = String(rows[0]?.text);
    expect(text).toContain('auth.login');
    expect(text).not.toMatch(/\w\w@acme\.test|argon2|correct horse|not the password|a new and better/);
    const hashes = await service.sql(
      `SELECT token_hash AS hash FROM refresh_tokens UNION SELECT key_hash FROM api_keys UNION SELECT code_hash FROM login_codes`,
    );
    expect(hashes.length).toBeGreaterThan(10);
    expect(hashes.filter(({ hash }) => text.includes(String(hash)))).toEqual([]);
  });

  it('has nothing of what changed nothing', async () => {
    const session = await newSession(service);
    const count = () => one('SELECT count(*) FROM admin_audit_logs');
    await service.post('/logout', undefined, { cookie: session.cookie });
    const before = await count();
    await service.post('/logout', undefined, { cookie: session.cookie });
    await service.post('/refresh-token', undefined, { cookie: session.cookie });
    await askForReset(service, newIdentity().email);
    await service.fetch('/me/export', { token: session.token });
    const { token } = await newSession(service);
    const after = await count();
    await service.fetch('/me/export', { method: 'HEAD', token });
    await service.fetch(`/api-keys/${crypto.randomUUID()}`, { method: 'DELETE', token });
    await service.fetch(`/sessions/${crypto.randomUUID()}`, { method: 'DELETE', token });
    expect(await count()).toBe(after);
    // The second account registered and logged in.
    expect(Number(after) - Number(before)).toBe(2);
  });
});
