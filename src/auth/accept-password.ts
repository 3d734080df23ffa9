import { AppError } from '../errors.ts';
import type { AuthDeps } from './ports.ts';
import { requirePassword } from './rules.ts';

/** What of an account its password may not be; left out where it is not known yet. */
type Owner = { readonly email?: string; readonly username?: string };

/**
 * Passes a new password, or says what is wrong with it under the name of its field. Asks whether it is known from a
 * breach where that is configured.
 *
 * @throws {AppError} `validation_failed`
 */
export async function acceptPassword(
  deps: Pick<AuthDeps, 'settings' | 'breachedPasswords'>,
  field: string,
  password: string,
  { email = '', username = '' }: Owner = {},
): Promise<void> {
  requirePassword(field, password, { minLength: deps.settings.PASSWORD_MIN_LENGTH, email, username });
  if (await deps.breachedPasswords?.includes(password)) {
    throw new AppError('validation_failed', {
      errors: {
        [field]: 'Is known from a data breach of another site. Choose one that you use nowhere else.',
      },
    });
  }
}

/** @throws {AppError} `validation_failed` */
export function refuseOwnName(field: string): never {
  throw new AppError('validation_failed', {
    errors: { [field]: 'Must not be the email address or the username.' },
  });
}
