import { beforeEach, describe, expect, it } from 'vitest';
import {
  logIn,
  mailedToken,
  newAccount,
  newIdentity,
  newSession,
  type SignedIn,
} from '../support/accounts.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';

const service = useService();
const ask = (session: SignedIn, new_email: string, password = session.password, init = {}) =>
  service.post('/email-change', { new_email, password }, { token: session.token, ...init });
const confirm = (token: string, init = {}) => service.post('/email-change/confirm', { token }, init);
const undo = (token: string) => service.post('/email-change/undo', { token });
const emailOf = async (id: string) =>
  (await service.sql('SELECT email FROM users WHERE id = $1', [id]))[0]?.email;
const codeOf = async (response: Response) => (await response.json<{ code?: string }>()).code;
const kindsTo = async (address: string) =>
  (await service.sql('SELECT kind FROM outbox WHERE recipient = $1 ORDER BY created_at', [address])).map(
    (row) => row.kind,
  );
const isIn = async (token: string) => (await service.fetch('/me', { token })).status === 200;

let session: SignedIn;
let newEmail: string;
beforeEach(async () => {
  session = await newSession(service);
  newEmail = newIdentity().email;
});

/** Asks and confirms; the token of the link to undo it, where there is one. */
async function move(to = newEmail, from = session.email): Promise<string> {
  await ask(session, to);
  const response = await confirm(await mailedToken(service, to), { token: session.token });
  expect(response.status).toBe(200);
  return mailedToken(service, from);
}

describe('POST /email-change', () => {
  it('changes nothing yet, mails a link to the new mailbox and word to the old one', async () => {
    const response = await ask(session, newEmail.toUpperCase());
    expect(response.status).toBe(202);
    await service.deliverQueued();
    expect(await emailOf(session.id)).toBe(session.email);
    const [toNew] = await service.mailsTo(newEmail);
    expect(toNew?.text).toMatch(/\nhttp:\/\/tollgate\.test\/app\/email-change\?token=[\w-]+\n/);
    const toOld = (await service.mailsTo(session.email)).find(
      (mail) => mail.subject === 'A new email address was asked for at Tollgate',
    );
    expect(toOld?.text).toContain(newEmail.replace('.test', '.\u2060test'));
    expect(toOld?.text).not.toContain('token=');
  });

  it('needs the password of an account that has one, however fresh its session', async () => {
    const response = await service.post('/email-change', { new_email: newEmail }, { token: session.token });
    expect([response.status, await codeOf(response)]).toEqual([422, 'validation_failed']);
    expect(await kindsTo(newEmail)).toEqual([]);
  });

  it('needs a fresh login of an account that has no password', async () => {
    await service.sql('UPDATE users SET password_hash = NULL WHERE id = $1', [session.id]);
    const without = () => service.post('/email-change', { new_email: newEmail }, { token: session.token });
    await service.sql(`UPDATE sessions SET created_at = now() - interval '11 min' WHERE user_id = $1`, [
      session.id,
    ]);
    const late = await without();
    expect([late.status, await codeOf(late)]).toEqual([403, 'reauthentication_required']);
    expect(await kindsTo(newEmail)).toEqual([]);

    await service.sql('UPDATE sessions SET created_at = now() WHERE user_id = $1', [session.id]);
    expect((await without()).status).toBe(202);
    expect(await kindsTo(newEmail)).toEqual(['email_change_confirm']);
  });

  it('leads to FRONTEND_URL, whatever the request says', async () => {
    const overrides = { FRONTEND_URL: 'https://app.acme.test/account' };
    const headers = { Host: 'evil.test', 'X-Forwarded-Host': 'evil.test', Forwarded: 'host=evil.test' };
    await ask(session, newEmail, session.password, { headers });
    await service.deliverQueued(overrides);
    const [mail] = await service.mailsTo(newEmail);
    expect(mail?.text).toContain('\nhttps://app.acme.test/account/email-change?token=');
    expect(`${mail?.text}${mail?.html}`).not.toContain('evil');
  });

  it('answers the same for an address that is taken, and tells its owner instead', async () => {
    const owner = await newAccount(service);
    const answers = [];
    for (const address of [newEmail, owner.email]) {
      let response = new Response();
      const trips = await service.roundTrips(async () => {
        response = await ask(session, address);
      });
      const headers = [...response.headers].filter(([name]) => name !== 'x-request-id');
      answers.push({ trips, status: response.status, body: await response.json(), headers });
    }
    expect(answers[0]).toMatchObject({ status: 202, trips: 2 });
    expect(answers[1]).toEqual(answers[0]);
    expect(await kindsTo(owner.email)).toEqual(['verify_email', 'email_change_taken']);
    await service.deliverQueued();
    expect((await service.mailsTo(owner.email)).at(-1)?.text).not.toContain('token=');
  });

  it('wants the password, and counts a wrong one like the login does', async () => {
    for (let time = 0; time < 10; time++) {
      const response = await ask(session, newEmail, 'wrong');
      expect([response.status, await codeOf(response)]).toEqual([403, 'wrong_password']);
    }
    const eleventh = await ask(session, newEmail, 'wrong');
    expect([eleventh.status, await codeOf(eleventh)]).toEqual([429, 'account_locked']);
    expect(Number(eleventh.headers.get('Retry-After'))).toBeGreaterThan(0);
    const right = await ask(session, newEmail);
    expect([right.status, await codeOf(right)]).toEqual([429, 'account_locked']);
    expect((await service.post('/login', session)).status).toBe(429);
    expect(await kindsTo(newEmail)).toEqual([]);
  });

  it('lets ten of 30 parallel guesses be answered', async () => {
    const responses = await Promise.all(Array.from({ length: 30 }, () => ask(session, newEmail, 'wrong')));
    const statuses = responses.map((response) => response.status);
    expect(statuses.filter((status) => status === 403)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
  });

  it('refuses the own address, no address, and who may not', async () => {
    const own = await ask(session, session.email);
    expect([own.status, await codeOf(own)]).toEqual([422, 'validation_failed']);
    expect((await ask(session, 'nobody')).status).toBe(422);
    expect((await ask({ ...session, token: '' }, newEmail)).status).toBe(401);
    const unverified = await newSession(service, { verified: false });
    const refused = await ask(unverified, newEmail);
    expect([refused.status, await codeOf(refused)]).toEqual([403, 'email_not_verified']);
    await service.sql('UPDATE users SET password_hash = NULL WHERE id = $1', [session.id]);
    const passwordless = await ask(session, newEmail);
    expect([passwordless.status, await codeOf(passwordless)]).toEqual([403, 'wrong_password']);
  });

  it('mails an address no more than five times an hour, and answers the same', async () => {
    for (let time = 0; time < 7; time++) expect((await ask(session, newEmail)).status).toBe(202);
    expect(await kindsTo(newEmail)).toHaveLength(5);
    expect((await confirm(await mailedToken(service, newEmail))).status).toBe(200);
  });
});

describe('POST /email-change/confirm', () => {
  it('moves the account, which signs in by the new address alone', async () => {
    await ask(session, newEmail);
    expect((await confirm(await mailedToken(service, newEmail))).status).toBe(200);
    expect(await emailOf(session.id)).toBe(newEmail);
    expect((await service.post('/login', session)).status).toBe(401);
    expect((await service.post('/login', { ...session, email: newEmail })).status).toBe(200);
  });

  it('keeps the session of who confirms and no other', async () => {
    const other = await logIn(service, session);
    const stranger = await newSession(service);
    await ask(session, newEmail);
    await confirm(await mailedToken(service, newEmail), { token: session.token });
    expect([await isIn(session.token), await isIn(other.token)]).toEqual([true, false]);
    const again = newIdentity().email;
    await ask(session, again);
    await confirm(await mailedToken(service, again), { token: stranger.token });
    expect([await isIn(session.token), await isIn(stranger.token)]).toEqual([false, true]);
  });

  it('works once of 30 times at once', async () => {
    for (let round = 0; round < rounds(5); round++) {
      const one = await newSession(service);
      const { email } = newIdentity();
      await ask(one, email);
      const token = await mailedToken(service, email);
      const responses = await Promise.all(Array.from({ length: 30 }, () => confirm(token)));
      const statuses = responses.map((response) => response.status).sort();
      expect(statuses).toEqual([200, ...Array(29).fill(400)]);
      expect(await kindsTo(one.email)).toEqual(['verify_email', 'email_change_requested', 'email_changed']);
      const rows = await service.sql('SELECT purpose, email FROM one_time_tokens WHERE user_id = $1', [
        one.id,
      ]);
      expect(rows).toEqual([{ purpose: 'undo_email_change', email: one.email }]);
    }
  });

  it('takes the newest link alone', async () => {
    await ask(session, newEmail);
    const older = await mailedToken(service, newEmail);
    const newer = newIdentity().email;
    await ask(session, newer);
    const response = await confirm(older);
    expect([response.status, await codeOf(response)]).toEqual([400, 'invalid_token']);
    expect((await confirm(await mailedToken(service, newer))).status).toBe(200);
    expect(await emailOf(session.id)).toBe(newer);
  });

  it('tells that somebody else has the address by now, and changes nothing', async () => {
    await ask(session, newEmail);
    const token = await mailedToken(service, newEmail);
    await service.post('/register', { ...newIdentity(), email: newEmail });
    const response = await confirm(token);
    expect([response.status, await codeOf(response)]).toEqual([409, 'email_taken']);
    expect(await emailOf(session.id)).toBe(session.email);
    expect(await isIn(session.token)).toBe(true);
  });

  it('lets one of two accounts have an address that both confirm at once', async () => {
    for (let round = 0; round < rounds(5); round++) {
      const pair = [await newSession(service), await newSession(service)];
      const { email } = newIdentity();
      const tokens = [];
      for (const one of pair) {
        await ask(one, email);
        tokens.push(await mailedToken(service, email));
      }
      const responses = await Promise.all(tokens.map((token) => confirm(token)));
      expect(responses.map((response) => response.status).sort()).toEqual([200, 409]);
    }
  });

  it.each([
    ['has expired', `UPDATE one_time_tokens SET expires_at = now() WHERE user_id = $1`],
    ['is of a deactivated account', 'UPDATE users SET is_active = false WHERE id = $1'],
    ['is of a deleted account', 'DELETE FROM users WHERE id = $1'],
  ])('refuses a link that %s', async (_case, statement) => {
    await ask(session, newEmail);
    const token = await mailedToken(service, newEmail);
    await service.sql(statement, [session.id]);
    const response = await confirm(token);
    expect([response.status, await codeOf(response)]).toEqual([400, 'invalid_token']);
  });

  it('refuses a link made for something else, and what it did not sign, without asking the database', async () => {
    const unverified = await newAccount(service, { verified: false });
    const verify = await mailedToken(service, unverified.email);
    const trips = await service.roundTrips(async () => {
      for (const token of [verify, '', 'x', 'A'.repeat(64)]) expect((await confirm(token)).status).toBe(400);
      for (const token of [verify, '', 'x', 'A'.repeat(64)]) expect((await undo(token)).status).toBe(400);
    });
    expect(trips).toBe(0);
  });

  it('is not what GET does', async () => {
    await ask(session, newEmail);
    const token = await mailedToken(service, newEmail);
    for (const path of ['/email-change', '/email-change/confirm', '/email-change/undo']) {
      expect((await service.fetch(`${path}?token=${token}`)).status).toBe(404);
    }
    expect((await confirm(token)).status).toBe(200);
  });
});

describe('POST /email-change/undo', () => {
  it('restores the address and ends every session, and the password', async () => {
    const token = await move();
    expect(await isIn(session.token)).toBe(true);
    expect((await undo(token)).status).toBe(200);
    expect(await emailOf(session.id)).toBe(session.email);
    expect(await isIn(session.token)).toBe(false);
    expect((await service.post('/login', session)).status).toBe(401);
    expect(await service.sql('SELECT FROM one_time_tokens WHERE user_id = $1', [session.id])).toHaveLength(0);
  });

  it('works once of 30 times at once', async () => {
    const token = await move();
    const responses = await Promise.all(Array.from({ length: 30 }, () => undo(token)));
    expect(responses.map((response) => response.status).sort()).toEqual([200, ...Array(29).fill(400)]);
  });

  it('stays with the first mailbox when the account is moved on', async () => {
    const token = await move();
    const third = newIdentity().email;
    await ask(session, third);
    await confirm(await mailedToken(service, third), { token: session.token });
    await service.deliverQueued();
    expect((await service.mailsTo(newEmail)).at(-1)?.text).not.toContain('token=');
    expect((await undo(token)).status).toBe(200);
    expect(await emailOf(session.id)).toBe(session.email);
  });

  it('is not stopped by who registers the old address without proving it', async () => {
    const token = await move();
    const squatter = await service.post('/register', { ...newIdentity(), email: session.email });
    expect(squatter.status).toBe(201);
    expect((await undo(token)).status).toBe(200);
    expect(await service.sql('SELECT id FROM users WHERE email = $1', [session.email])).toEqual([
      { id: session.id },
    ]);
  });

  it.each([
    [
      'a click on the link',
      `SELECT FROM one_time_tokens WHERE user_id = $1 FOR UPDATE`,
      'UPDATE users SET updated_at = now() WHERE id = $1',
    ],
    [
      'a rotation',
      'SELECT FROM sessions WHERE user_id = $1 FOR UPDATE',
      `INSERT INTO refresh_tokens (user_id, family_id, jti, token_hash, expires_at)
       SELECT user_id, id, gen_random_uuid(), gen_random_uuid()::text, expires_at FROM sessions WHERE user_id = $1`,
    ],
  ])('waits for %s of whoever registered it, in one order of locks', async (_case, first, then) => {
    const token = await move();
    const squatter = { ...newIdentity(), email: session.email };
    const { id } = await service
      .post('/register', squatter)
      .then((response) => response.json<{ id: string }>());
    await service.post('/login', squatter);
    const other = service.transaction([first, [id]], ['SELECT pg_sleep(0.8)', []], [then, [id]]);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect((await undo(token)).status).toBe(200);
    await other;
    expect(await emailOf(session.id)).toBe(session.email);
  });

  it('is mailed, whoever takes the old address meanwhile and deletes that account', async () => {
    const again = await newSession(service);
    const left = again.email;
    await ask(again, newIdentity().email);
    const pending = () =>
      service.sql(`SELECT FROM outbox WHERE recipient = $1 AND kind = 'email_change_requested'`, [left]);
    expect(await pending()).toHaveLength(1);
    await service.sql('UPDATE users SET email = $2 WHERE id = $1', [again.id, newIdentity().email]);
    const taker = { ...newIdentity(), email: left };
    await service.post('/register', taker);
    const { token: bearer } = await service
      .post('/login', taker)
      .then((response) => response.json<{ token: string }>());
    const gone = await service.fetch('/me', {
      method: 'DELETE',
      token: bearer,
      json: { password: taker.password },
    });
    expect(gone.status).toBe(204);
    expect(await pending()).toHaveLength(1);
  });

  it('gives way to who proved the old address to be theirs', async () => {
    const token = await move();
    const { id } = await service
      .post('/register', { ...newIdentity(), email: session.email })
      .then((response) => response.json<{ id: string }>());
    await service.sql('UPDATE users SET is_verified = true WHERE id = $1', [id]);
    const response = await undo(token);
    expect([response.status, await codeOf(response)]).toEqual([409, 'email_taken']);
    expect(await emailOf(session.id)).toBe(newEmail);
  });

  it('takes away the identities that were tied to the account since, and leaves the older ones', async () => {
    const tie = (subject: string, age: string) =>
      service.sql(
        `INSERT INTO identities (user_id, provider, subject, created_at)
         VALUES ($1, 'google', $2, now() - $3::interval)`,
        [session.id, subject, age],
      );
    await tie('older', '1 minute');
    const token = await move();
    await tie('newer', '0');
    await undo(token);
    expect(await service.sql('SELECT subject FROM identities WHERE user_id = $1', [session.id])).toEqual([
      { subject: 'older' },
    ]);
  });

  it('ends after 72 hours', async () => {
    const token = await move();
    const [row] = await service.sql(
      `UPDATE one_time_tokens SET expires_at = expires_at - interval '72 h'
       WHERE user_id = $1 RETURNING expires_at <= now() AS over`,
      [session.id],
    );
    expect(row).toEqual({ over: true });
    const response = await undo(token);
    expect([response.status, await codeOf(response)]).toEqual([400, 'invalid_token']);
  });
});
