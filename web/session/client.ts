import { createClient } from 'tollgate/client';
import { config } from '../config.ts';

/** The one client of these pages. The access token is in its memory and nowhere else. */
export const tollgate = createClient(config.apiUrl ? { baseUrl: config.apiUrl } : {});

/** Every route of the service, typed. */
export const api = tollgate.api;

/**
 * Whether somebody is signed in. The first one to ask finds out by the refresh cookie.
 *
 * @throws {TollgateError} when the service cannot be asked
 */
export async function isSignedIn(): Promise<boolean> {
  if (tollgate.signedIn === 'unknown') await tollgate.refresh();
  return tollgate.signedIn === 'yes';
}
