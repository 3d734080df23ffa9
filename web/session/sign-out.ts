import { tollgate } from './client.ts';

let isLeaving = false;

/** Whether the page is being left on purpose: then it is not where one wants to come back to. */
export const leaving = (): boolean => isLeaving;

/** Signs out here and in the other tabs. The frames notice, and lead to the sign-in page. */
export async function signOut(): Promise<void> {
  isLeaving = true;
  try {
    await tollgate.logout();
  } catch (error) {
    isLeaving = false;
    throw error;
  }
}

/** Ends the session so that another begins; the page is where one comes back to. */
export const signInAgain = (): Promise<void> => tollgate.logout();

/** What was done has ended the session, too: finds out, so that the frames notice. An outage may leave it for later. */
export async function noticeEnd(): Promise<void> {
  if (tollgate.signedIn !== 'yes') return;
  isLeaving = true;
  isLeaving = !(await tollgate.refresh().catch(() => true));
}

/** Somebody is signed in again. */
export function arrived(): void {
  isLeaving = false;
}
