import { beforeAll, describe, expect, it } from 'vitest';
import { logIn, newAccount, newIdentity, type SignedIn } from '../support/accounts.ts';
import { askForCode, askForReset, loginCode, resetToken } from '../support/credentials.ts';
import { useService } from '../support/service.ts';

const service = useService();
const NEW = 'a new and better password';
let session: SignedIn;
let link: string;
let code: string;
beforeAll(async () => {
  const account = await newAccount(service);
  const other = await newAccount(service);
  session = await logIn(service, other);
  link = await resetToken(service, account.email);
  code = await loginCode(service, other.email);
});
const change = (old_password: string) =>
  service.post('/change-password', { old_password, new_password: NEW }, { token: session.token });
const logInBy = (one: string) => service.post('/login/code', { email: session.email, code: one });

describe('round trips', () => {
  it.each<[string, number, number, () => Promise<Response>]>([
    ['forget-password', 1, 202, () => askForReset(service, session.email)],
    ['forget-password, unknown', 1, 202, () => askForReset(service, newIdentity().email)],
    ['new-password', 1, 200, () => service.post('/new-password', { token: link, password: NEW })],
    ['new-password, used', 1, 400, () => service.post('/new-password', { token: link, password: NEW })],
    ['login/code', 1, 200, () => logInBy(code)],
    ['login/code, used', 1, 401, () => logInBy(code)],
    ['request/login-code', 1, 202, () => askForCode(service, session.email)],
    ['request/login-code, unknown', 1, 202, () => askForCode(service, newIdentity().email)],
    ['change-password', 2, 200, () => change(session.password)],
    ['change-password, wrong', 2, 403, () => change('not the password')],
  ])('%s: %i', async (_route, budget, status, act) => {
    const trips = await service.roundTrips(async () => {
      expect((await act()).status).toBe(status);
    });
    expect(trips).toBe(budget);
  });
});
