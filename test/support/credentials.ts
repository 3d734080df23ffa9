import { argon2id } from '../../src/adapters/argon2.ts';
import type { Service } from './service.ts';

/** What the newest mail with such a thing in it says, for an address that was mailed. */
async function mailed(service: Service, email: string, what: RegExp): Promise<string> {
  await service.deliverQueued();
  const found = (await service.mailsTo(email)).flatMap((mail) => what.exec(mail.text)?.[1] ?? []).at(-1);
  if (!found) throw new Error(`nothing like ${what} was mailed to ${email}`);
  return found;
}

export const askForReset = (service: Service, email: string, init = {}) =>
  service.post('/forget-password', { email }, init);
export const askForCode = (service: Service, email: string, init = {}) =>
  service.post('/request/login-code', { email }, init);

/** The token of a link to set a new password, asked for and mailed. */
export async function resetToken(service: Service, email: string): Promise<string> {
  await askForReset(service, email);
  return mailed(service, email, /\/new-password\?token=([\w-]+)/);
}

/** A login code, asked for and mailed. */
export async function loginCode(service: Service, email: string): Promise<string> {
  await askForCode(service, email);
  return mailed(service, email, /^(\d{8})$/m);
}

/** Another code than this one. */
export const otherCode = (code: string) => String((Number(code) + 1) % 100_000_000).padStart(8, '0');

/** The PHC string that a service with lower parameters would have stored. */
export function weakHash(password: string, { m = 8_192, t = 2, p = 1, salt = 16, tag = 32 } = {}): string {
  const bytes = crypto.getRandomValues(new Uint8Array(salt));
  const cost = { memoryKib: m, iterations: t, parallelism: p };
  const made = argon2id(cost, tag, { password: new TextEncoder().encode(password), salt: bytes });
  const base64 = (one: Uint8Array) => btoa(String.fromCharCode(...one)).replaceAll('=', '');
  return `$argon2id$v=19$m=${m},t=${t},p=${p}$${base64(bytes)}$${base64(made)}`;
}
