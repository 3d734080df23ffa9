import { describe, expect, it } from 'vitest';
import { logIn, mailedToken, newAccount, newSession } from '../support/accounts.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';

const service = useService();
const verify = (token: string, init = {}) =>
  service.fetch(`/verify?token=${encodeURIComponent(token)}`, init);
const isVerified = async (id: string) =>
  (await service.sql('SELECT is_verified FROM users WHERE id = $1', [id]))[0]?.is_verified;

describe('GET /verify', () => {
  it('proves the mailbox by the link that was mailed to it', async () => {
    const account = await newAccount(service, { verified: false });
    const response = await verify(await mailedToken(service, account.email));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ message: expect.any(String) });
    expect(await isVerified(account.id)).toBe(true);
  });

  it('answers a second click like the first', async () => {
    const account = await newAccount(service, { verified: false });
    const token = await mailedToken(service, account.email);
    expect([(await verify(token)).status, (await verify(token)).status]).toEqual([200, 200]);
  });

  it('lets one of 30 parallel clicks do it, and tells all of them that it is done', async () => {
    for (let round = 0; round < rounds(10); round++) {
      const account = await newAccount(service, { verified: false });
      const token = await mailedToken(service, account.email);
      await service.sql(`CREATE TABLE IF NOT EXISTS wins (user_id uuid)`);
      await service.sql(`CREATE OR REPLACE FUNCTION count_win() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO wins VALUES (NEW.user_id); RETURN NEW; END'`);
      await service.sql(`CREATE OR REPLACE TRIGGER count_win AFTER UPDATE OF used_at ON one_time_tokens
        FOR EACH ROW EXECUTE FUNCTION count_win()`);
      const responses = await Promise.all(Array.from({ length: 30 }, () => verify(token)));
      expect(responses.map((response) => response.status)).toEqual(Array(30).fill(200));
      expect(await service.sql('SELECT FROM wins WHERE user_id = $1', [account.id])).toHaveLength(1);
    }
  });

  it('changes nothing on HEAD', async () => {
    const account = await newAccount(service, { verified: false });
    const token = await mailedToken(service, account.email);
    const response = await verify(token, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await isVerified(account.id)).toBe(false);
    expect((await verify(token)).status).toBe(200);
  });

  it.each([
    ['that has expired', `UPDATE one_time_tokens SET expires_at = now() - interval '1 s' WHERE user_id = $1`],
    ['to an address the account has left', `UPDATE users SET email = 'new-' || email WHERE id = $1`],
    ['of a deactivated account', 'UPDATE users SET is_active = false WHERE id = $1'],
    ['of a deleted account', 'DELETE FROM users WHERE id = $1'],
  ])('refuses a link %s', async (_case, statement) => {
    const account = await newAccount(service, { verified: false });
    const token = await mailedToken(service, account.email);
    await service.sql(statement, [account.id]);
    const response = await verify(token);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid_token', status: 400 });
  });

  it.each([
    ['changes its address', `UPDATE users SET email = 'new-' || email WHERE id = $1`],
    ['is deactivated', 'UPDATE users SET is_active = false WHERE id = $1'],
  ])('proves nothing when the account %s at the same moment', async (_case, change) => {
    const account = await newAccount(service, { verified: false });
    const token = await mailedToken(service, account.email);
    // Holds the row after the change, uncommitted: the click reads the account as it was and arrives at the lock.
    const committed = service.transaction([change, [account.id]], ['SELECT pg_sleep(0.7)', []]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const response = await verify(token);
    await committed;
    expect(response.status).toBe(400);
    expect(await isVerified(account.id)).toBe(false);
  });

  it('refuses what it did not sign, without asking the database', async () => {
    const account = await newAccount(service, { verified: false });
    const token = await mailedToken(service, account.email);
    const last = token.endsWith('A') ? 'B' : 'A';
    const forged = [
      '',
      'x',
      '\0',
      '%',
      'A'.repeat(64),
      token.slice(0, -1),
      `${token}A`,
      token.slice(0, -1) + last,
    ];
    const trips = await service.roundTrips(async () => {
      for (const one of forged) expect((await verify(one)).status).toBe(400);
    });
    expect(trips).toBe(0);
  });

  it('leads to the page of FRONTEND_URL, whatever the request says', async () => {
    const account = await newAccount(service, { verified: false });
    const { token } = await logIn(service, account);
    const headers = { Host: 'evil.test', 'X-Forwarded-Host': 'evil.test', Forwarded: 'host=evil.test' };
    await service.post('/request/verify', undefined, { token, headers });
    await service.deliverQueued();
    const mails = await service.mailsTo(account.email);
    expect(mails).toHaveLength(2);
    for (const mail of mails) {
      expect(mail.text).toContain('http://tollgate.test/app/verify?token=');
      expect(mail.text + mail.html).not.toContain('evil.test');
    }
  });
});

describe('POST /request/verify', () => {
  it('mails a new link that kills the older one', async () => {
    const account = await newAccount(service, { verified: false });
    const older = await mailedToken(service, account.email);
    const { token } = await logIn(service, account);
    expect((await service.post('/request/verify', undefined, { token })).status).toBe(202);
    const newer = await mailedToken(service, account.email);
    expect(newer).not.toBe(older);
    expect((await verify(older)).status).toBe(400);
    expect(await isVerified(account.id)).toBe(false);
    expect((await verify(newer)).status).toBe(200);
  });

  it('mails at most five an hour under 30 parallel requests, and answers all the same', async () => {
    const { token, email } = await newSession(service, { verified: false });
    const responses = await Promise.all(
      Array.from({ length: 30 }, () => service.post('/request/verify', undefined, { token })),
    );
    expect(new Set(responses.map((response) => response.status))).toEqual(new Set([202]));
    const mails = await service.sql('SELECT payload FROM outbox WHERE recipient = $1', [email]);
    expect(mails).toHaveLength(5);
    expect(
      await service.sql('SELECT FROM one_time_tokens t JOIN users u ON u.id = t.user_id WHERE u.email = $1', [
        email,
      ]),
    ).toHaveLength(1);
    // The one link that lives is one that was mailed: a request past the quota kills nothing.
    await service.deliverQueued();
    const tokens = (await service.mailsTo(email)).map((mail) => /token=([\w-]+)/.exec(mail.text)?.[1] ?? '');
    const statuses = [];
    for (const one of tokens) statuses.push((await verify(one)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  it('sends nothing to an account that is verified', async () => {
    const { token, email } = await newSession(service);
    expect((await service.post('/request/verify', undefined, { token })).status).toBe(202);
    expect(await service.sql('SELECT FROM outbox WHERE recipient = $1', [email])).toHaveLength(1);
  });

  it('needs a token', async () => {
    expect((await service.post('/request/verify')).status).toBe(401);
  });
});
