import type { Service } from './service.ts';

export const PASSWORD = 'correct horse battery staple';

export type Account = {
  id: string;
  email: string;
  username: string;
  password: string;
};
/** An account with what a browser and its page hold once signed in. */
export type SignedIn = Account & { token: string; cookie: string };

let counter = 0;

/** A name nobody else has. */
export function newIdentity() {
  counter += 1;
  const username = `user-${counter}-${crypto.randomUUID().slice(0, 8)}`;
  return { email: `${username}@acme.test`, username, password: PASSWORD };
}

/** Registers; verified unless said otherwise. Its mail stays in the queue. */
export async function newAccount(service: Service, { verified = true } = {}): Promise<Account> {
  const identity = newIdentity();
  const response = await service.post('/register', identity);
  if (response.status !== 201) throw new Error(`register: ${response.status} ${await response.text()}`);
  const { id } = await response.json<{ id: string }>();
  if (verified) await service.sql('UPDATE users SET is_verified = true WHERE id = $1', [id]);
  return { id, ...identity };
}

export async function logIn(service: Service, account: Account, init = {}): Promise<SignedIn> {
  const response = await service.post('/login', { email: account.email, password: account.password }, init);
  if (response.status !== 200) throw new Error(`login: ${response.status} ${await response.text()}`);
  const { token } = await response.json<{ token: string }>();
  return { ...account, token, cookie: cookieOf(response) };
}

export const newSession = async (service: Service, options = {}) =>
  logIn(service, await newAccount(service, options));

/** A signed-in administrator. */
export async function newAdmin(service: Service): Promise<SignedIn> {
  const session = await newSession(service);
  await service.sql('UPDATE users SET is_admin = true WHERE id = $1', [session.id]);
  return session;
}

/** The `name=value` of the refresh cookie that an answer sets. */
export function cookieOf(response: Response): string {
  const [cookie = ''] = response.headers.getSetCookie().filter((one) => one.includes('refresh_token='));
  return cookie.split(';')[0] ?? '';
}

/** The token in the last link mailed to an address. */
export async function mailedToken(service: Service, email: string): Promise<string> {
  await service.deliverQueued();
  const mails = await service.mailsTo(email);
  const token = /token=([\w-]+)/.exec(mails.at(-1)?.text ?? '')?.[1];
  if (!token) throw new Error(`no link was mailed to ${email}`);
  return token;
}
