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
