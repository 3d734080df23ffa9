import { AppError } from '../errors.ts';
import type { Settings } from '../settings.ts';

const MAX_LENGTH = 2_048;

/**
 * Where a browser may be sent: an absolute address on the frontend's origin or on one that may use the API, compared
 * whole and never by prefix or suffix. Paths alone are refused, `//elsewhere` would look like one; so is everything
 * that two parsers might read differently.
 *
 * @returns the address in the one form a URL parser gives it
 * @throws {AppError} `validation_failed`, naming `field`
 */
export function requireRedirectTarget(
  field: string,
  value: string,
  settings: Pick<Settings, 'FRONTEND_URL' | 'CORS_ORIGINS'>,
): string {
  const url = parse(value);
  const allowed = [new URL(settings.FRONTEND_URL).origin, ...settings.CORS_ORIGINS];
  if (!url || !allowed.includes(url.origin)) {
    throw new AppError('validation_failed', {
      errors: { [field]: 'Must be an address on the frontend or on one of the allowed origins.' },
    });
  }
  return url.href;
}

function parse(value: string): URL | undefined {
  if (value.length > MAX_LENGTH || !/^https?:\/\/[^/\\]/i.test(value) || /[\\\s\p{Cc}]/u.test(value)) {
    return undefined;
  }
  if (!URL.canParse(value)) return undefined;
  const url = new URL(value);
  return url.username || url.password ? undefined : url;
}
