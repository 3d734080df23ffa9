import { describe, expect, it } from 'vitest';
import { logIn, mailedToken, newAccount, newIdentity } from '../support/accounts.ts';
import { loginCode, resetToken } from '../support/credentials.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';

const service = useService();
const hiding = useService({ HIDE_ACCOUNT_EXISTENCE: 'true' });
const OWN = 'a password of the owner';
const account = (email: string, on = service) =>
  on.sql('SELECT username, password_hash, is_verified FROM users WHERE email = $1', [email]);

describe('an address that a stranger registered', () => {
  it('belongs to who reads its mail, by a login code: the password and the sessions of the stranger die', async () => {
    const stranger = await newAccount(service, { verified: false });
    const session = await logIn(service, stranger);
    const code = await loginCode(service, stranger.email);
    const response = await service.post('/login/code', { email: stranger.email, code });
    const { token, user } = await response.json<{ token: string; user: object }>();
    expect(user).toMatchObject({ id: stranger.id, is_verified: true });

    expect((await service.fetch('/me', { token })).status).toBe(200);
    expect((await service.fetch('/me', { token: session.token })).status).toBe(401);
    const again = await service.post('/login', { email: stranger.email, password: stranger.password });
    expect(again.status).toBe(401);
    expect(await account(stranger.email)).toMatchObject([{ password_hash: null, is_verified: true }]);
  });

  it('belongs to who reads its mail, by a reset', async () => {
    const stranger = await newAccount(service, { verified: false });
    const session = await logIn(service, stranger);
    const token = await resetToken(service, stranger.email);
    expect((await service.post('/new-password', { token, password: OWN })).status).toBe(200);
    expect((await service.fetch('/me', { token: session.token })).status).toBe(401);
    expect((await service.post('/refresh-token', undefined, { cookie: session.cookie })).status).toBe(401);
    await logIn(service, { ...stranger, password: OWN });
  });

  it('leaves no session to a login of the stranger that is under way meanwhile', async () => {
    for (let round = 0; round < rounds(3); round++) {
      const stranger = await newAccount(service, { verified: false });
      const code = await loginCode(service, stranger.email);
      const logins = Array.from({ length: 10 }, () =>
        service.post('/login', { email: stranger.email, password: stranger.password }),
      );
      const [owner] = await Promise.all([
        service.post('/login/code', { email: stranger.email, code }),
        ...logins,
      ]);
      expect(owner.status).toBe(200);
      const alive = 'SELECT FROM sessions WHERE user_id = $1 AND revoked_at IS NULL';
      expect(await service.sql(alive, [stranger.id])).toHaveLength(1);
    }
  });

  it('can not be had by registering a second time: nothing of the first changes', async () => {
    const first = await newAccount(service, { verified: false });
    const link = await mailedToken(service, first.email);
    const before = await account(first.email);
    const second = { ...newIdentity(), email: first.email, password: 'another password' };
    const response = await service.post('/register', second);
    expect(await response.json()).toMatchObject({ status: 409, code: 'email_taken' });
    expect(await account(first.email)).toEqual(before);
    const { email, password } = second;
    expect((await service.post('/login', { email, password })).status).toBe(401);
    expect((await service.fetch(`/verify?token=${link}`)).status).toBe(200);
    await logIn(service, first);
  });

  it('is not told by registering a second time where existence is hidden; the mailbox is', async () => {
    const first = newIdentity();
    expect((await hiding.post('/register', first)).status).toBe(202);
    const before = await account(first.email, hiding);
    const second = { ...newIdentity(), email: first.email };
    expect((await hiding.post('/register', { ...second, password: 'another password' })).status).toBe(202);
    expect(await account(first.email, hiding)).toEqual(before);
    const mails = await hiding.sql('SELECT kind FROM outbox WHERE recipient = $1 ORDER BY created_at', [
      first.email,
    ]);
    expect(mails.map(({ kind }) => kind)).toEqual(['verify_email', 'account_exists']);

    // Whoever reads it takes the account over; neither of the two passwords is worth anything then.
    const token = await resetToken(hiding, first.email);
    expect((await hiding.post('/new-password', { token, password: OWN })).status).toBe(200);
    for (const password of [first.password, 'another password']) {
      expect((await hiding.post('/login', { email: first.email, password })).status).toBe(401);
    }
  });

  it('is not confirmed unknowingly: the mail says what the link does for whoever registered', async () => {
    const stranger = await newAccount(service, { verified: false });
    await service.deliverQueued();
    const [mail] = await service.mailsTo(stranger.email);
    for (const body of [mail?.text, mail?.html]) {
      expect(body?.replace(/\s+/g, ' ')).toContain('If you did not register, do not confirm');
    }
  });
});
