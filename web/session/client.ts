import { createClient } from 'tollgate/client';
import { config } from '../config.ts';

const FORBIDDEN = 403;

const listeners = new Set<() => void>();

/** Calls back whenever the service refuses something to whoever is signed in: they may have lost a right. */
export function onRefused(listener: () => void): void {
  listeners.add(listener);
}

/** The one client of these pages. The access token is in its memory and nowhere else. */
export const tollgate = createClient({
  ...(config.apiUrl && { baseUrl: config.apiUrl }),
  async fetch(url, init) {
    const response = await fetch(url, init);
    if (response.status === FORBIDDEN) for (const listener of listeners) listener();
    return response;
  },
});

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
