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

/** Somebody is signed in again. */
export function arrived(): void {
  isLeaving = false;
}
