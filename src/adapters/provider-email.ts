import * as z from 'zod';

const Email = z.email().max(254).toLowerCase();

/** Addresses that exist for display: mail to them goes nowhere, or to someone else's machine. */
const UNREACHABLE = /@(users\.noreply\..+|github\.local)$/;

/** An address as accounts have it, or null when it is none that mail reaches. */
export function toReachableEmail(value: string): string | null {
  const email = Email.safeParse(value).data;
  return email === undefined || UNREACHABLE.test(email) ? null : email;
}
