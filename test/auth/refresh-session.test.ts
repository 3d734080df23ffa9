import { describe, expect, it } from 'vitest';
import { cookieOf, newSession } from '../support/accounts.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';

const service = useService();
const refresh = (cookie: string, headers = {}) =>
  service.post('/refresh-token', undefined, { cookie, headers });
const codeOf = async (response: Response) => (await response.json<{ code?: string }>()).code;
const tokensOf = (userId: string) =>
  service.sql('SELECT * FROM refresh_tokens WHERE user_id = $1 ORDER BY created_at', [userId]);
const endGrace = () => service.sql(`UPDATE refresh_tokens SET revoked_at = revoked_at - interval '11 s'`);

describe('POST /refresh-token', () => {
  it('exchanges the cookie for a new one and a new access token', async () => {
    const session = await newSession(service);
    const response = await refresh(session.cookie);
    expect(response.status).toBe(200);
    const body = await response.json<{ token: string }>();
    expect(body).toEqual({ token: expect.any(String), type: 'Bearer', expires_in: 900 });
    expect(cookieOf(response)).not.toBe(session.cookie);
    expect((await service.fetch('/me', { token: body.token })).status).toBe(200);
    expect((await refresh(cookieOf(response))).status).toBe(200);
  });

  it('answers 401 without a cookie and with one that is not ours, and clears the latter', async () => {
    const missing = await refresh('');
    expect([missing.status, await codeOf(missing)]).toEqual([401, 'refresh_token_missing']);
    const foreign = await refresh(`refresh_token=${'A'.repeat(43)}`);
    expect([foreign.status, await codeOf(foreign)]).toEqual([401, 'refresh_token_invalid']);
    expect(foreign.headers.get('Set-Cookie')).toMatch(/^refresh_token=; Max-Age=0/);
  });

  it('gives 30 parallel refreshes of one token one and the same successor', async () => {
    for (let round = 0; round < rounds(10); round++) {
      const session = await newSession(service);
      const responses = await Promise.all(Array.from({ length: 30 }, () => refresh(session.cookie)));
      expect(responses.map((response) => response.status)).toEqual(Array(30).fill(200));
      expect(new Set(responses.map(cookieOf)).size).toBe(1);
      const rows = await tokensOf(session.id);
      expect(rows).toHaveLength(2);
      expect(rows.filter((row) => row.revoked_at === null)).toHaveLength(1);
      expect((await refresh(cookieOf(responses[0] as Response))).status).toBe(200);
    }
  });

  it('ends the session when a spent token returns after the grace', async () => {
    const session = await newSession(service);
    const next = await refresh(session.cookie);
    const { token } = await next.json<{ token: string }>();
    await endGrace();

    const reused = await refresh(session.cookie);
    expect([reused.status, await codeOf(reused)]).toEqual([401, 'refresh_token_reused']);
    const newest = await refresh(cookieOf(next));
    expect([newest.status, await codeOf(newest)]).toEqual([401, 'refresh_token_invalid']);
    expect((await service.fetch('/me', { token })).status).toBe(401);
    expect((await tokensOf(session.id)).filter((row) => row.revoked_at === null)).toHaveLength(0);
  });

  it('ends the session at once when the spent token is no longer the immediate parent', async () => {
    const session = await newSession(service);
    const second = cookieOf(await refresh(session.cookie));
    const third = cookieOf(await refresh(second));
    expect(await codeOf(await refresh(session.cookie))).toBe('refresh_token_reused');
    expect((await refresh(third)).status).toBe(401);
  });

  it('leaves no live token when reuse and rotations of the newest race', async () => {
    for (let round = 0; round < rounds(20); round++) {
      const session = await newSession(service);
      const newest = cookieOf(await refresh(session.cookie));
      await endGrace();
      const responses = await Promise.all(
        Array.from({ length: 30 }, (_, index) => refresh(index % 3 === 0 ? session.cookie : newest)),
      );
      expect(responses.filter((_, index) => index % 3 === 0).map((response) => response.status)).toEqual(
        Array(10).fill(401),
      );
      const alive = (await tokensOf(session.id)).filter((row) => row.revoked_at === null);
      expect(alive).toHaveLength(0);
      for (const cookie of new Set([
        newest,
        ...responses.map(cookieOf).filter((one) => !one.endsWith('=')),
      ])) {
        expect((await refresh(cookie)).status).toBe(401);
      }
    }
  });

  it('does not touch another session of the same account', async () => {
    const session = await newSession(service);
    const login = await service.post('/login', { email: session.email, password: session.password });
    const next = cookieOf(await refresh(session.cookie));
    await endGrace();
    await refresh(session.cookie);
    expect((await refresh(next)).status).toBe(401);
    expect((await refresh(cookieOf(login))).status).toBe(200);
  });

  it.each([
    [
      'that idled too long',
      `UPDATE refresh_tokens SET expires_at = now() - interval '1 s' WHERE user_id = $1`,
    ],
    [
      'of a session past its absolute end',
      `UPDATE sessions SET expires_at = now() - interval '1 s' WHERE user_id = $1`,
    ],
    ['of a revoked session', 'UPDATE sessions SET revoked_at = now() WHERE user_id = $1'],
    ['that was revoked', 'UPDATE refresh_tokens SET revoked_at = now() WHERE user_id = $1'],
    ['of a deactivated account', 'UPDATE users SET is_active = false WHERE id = $1'],
    ['of a deleted account', 'DELETE FROM users WHERE id = $1'],
  ])('refuses a token %s', async (_case, statement) => {
    const session = await newSession(service);
    await service.sql(statement, [session.id]);
    const response = await refresh(session.cookie);
    expect([response.status, await codeOf(response)]).toEqual([401, 'refresh_token_invalid']);
  });

  it('moves the idle end with each use, never past the absolute one', async () => {
    const session = await newSession(service);
    await service.sql(`UPDATE sessions SET expires_at = now() + interval '100 s' WHERE user_id = $1`, [
      session.id,
    ]);
    const response = await refresh(session.cookie);
    expect(response.headers.get('Set-Cookie')).toMatch(/Max-Age=(100|99);/);
    const [last] = await service.sql(
      `SELECT t.expires_at = s.expires_at AS capped FROM refresh_tokens t JOIN sessions s ON s.id = t.family_id
       WHERE t.user_id = $1 AND t.revoked_at IS NULL`,
      [session.id],
    );
    expect(last).toEqual({ capped: true });
  });

  it('starts with an idle end of 14 days and an absolute one of 30', async () => {
    const session = await newSession(service);
    const [row] = await service.sql(
      `SELECT round(extract(epoch FROM t.expires_at - t.created_at) / 86400)::int AS idle,
              round(extract(epoch FROM s.expires_at - s.created_at) / 86400)::int AS absolute
       FROM refresh_tokens t JOIN sessions s ON s.id = t.family_id WHERE t.user_id = $1`,
      [session.id],
    );
    expect(row).toEqual({ idle: 14, absolute: 30 });
  });

  it('answers 503, keeps the cookie and the token when the database is away, and heals by itself', async () => {
    const session = await newSession(service);
    const response = await service.withoutDatabase(() => refresh(session.cookie));
    expect([response.status, await codeOf(response)]).toEqual([503, 'database_unavailable']);
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(response.headers.get('Set-Cookie')).toBeNull();
    expect((await refresh(session.cookie)).status).toBe(200);
  });

  it('never hands out the successor that another key derived', async () => {
    const session = await newSession(service);
    await refresh(session.cookie);
    const response = await service.fetch(
      '/refresh-token',
      { method: 'POST', cookie: session.cookie },
      { REFRESH_SECRET_KEY: 'another-key-of-more-than-32-characters' },
    );
    expect(response.status).toBe(401);
  });
});
