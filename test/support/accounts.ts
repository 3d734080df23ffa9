import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { createPasswordHasher } from '../../src/adapters/argon2.ts';
import { logIn as openSession } from '../../src/auth/log-in.ts';
import type { AuthDeps, PasswordHasher } from '../../src/auth/ports.ts';
import { register } from '../../src/auth/register.ts';
import { CLIENT_IP, type Service } from './service.ts';

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

const hasher = createPasswordHasher();
let hashed: Promise<string> | undefined;

/**
 * Hashes the one password of these accounts once for all of them: most tests want an account and no hash, and what
 * hashing costs was the greater part of what they all took. Whoever calls `/register` or `/login` has it done.
 */
const passwords: PasswordHasher = {
  ...hasher,
  hash(password) {
    if (password !== PASSWORD) return hasher.hash(password);
    hashed ??= hasher.hash(PASSWORD);
    return hashed;
  },
  verify: async (encoded, password) =>
    (password === PASSWORD && encoded === (await hashed)) || hasher.verify(encoded, password),
};

/** Runs a use case as a route would, with its background work done. */
async function asRoute<T>(service: Service, act: (deps: AuthDeps) => Promise<T>): Promise<T> {
  const ctx = createExecutionContext();
  const result = await act({ ...service.deps(ctx), passwords });
  await waitOnExecutionContext(ctx);
  return result;
}

/** Where such an act comes from. */
const client = () => ({
  requestId: crypto.randomUUID(),
  ip: CLIENT_IP,
  userAgent: null,
  country: null,
  city: null,
});

/** Registers; verified unless said otherwise. Its mail stays in the queue. */
export async function newAccount(service: Service, { verified = true } = {}): Promise<Account> {
  const identity = newIdentity();
  const user = await asRoute(service, (deps) => register(deps, identity, client()));
  if (!user) throw new Error('register: the existence of accounts is hidden');
  if (verified) await service.sql('UPDATE users SET is_verified = true WHERE id = $1', [user.id]);
  return { id: user.id, ...identity };
}

/** Signs in; by a request where it matters what stands in one, which `init` says. */
export async function logIn(
  service: Service,
  account: Account,
  init?: Parameters<Service['post']>[2],
): Promise<SignedIn> {
  if (init) return logInByRequest(service, account, init);
  const { tokens } = await asRoute(service, (deps) => openSession(deps, account, client()));
  const cookie = `${service.cookieName}=${tokens.refreshToken}`;
  return { ...account, token: tokens.accessToken, cookie };
}

async function logInByRequest(service: Service, account: Account, init: Parameters<Service['post']>[2]) {
  const response = await service.post('/login', { email: account.email, password: account.password }, init);
  if (response.status !== 200) throw new Error(`login: ${response.status} ${await response.text()}`);
  const { token } = await response.json<{ token: string }>();
  return { ...account, token, cookie: cookieOf(response) };
}

/** An account that has signed in. */
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
