import type { AnyRouter } from '@tanstack/react-router';
import { onRefused, tollgate } from './client.ts';
import { meQuery, queryClient } from './queries.ts';
import { arrived } from './sign-out.ts';

/**
 * Keeps the page and the session together: whatever was shown of an account goes with it, and the frames decide anew
 * who may stay. Also when it happened in another tab.
 */
export function followSession(router: AnyRouter): void {
  let wasKnown = false;
  tollgate.onChange((signedIn) => {
    const isNews = wasKnown;
    wasKnown = true;
    if (signedIn === 'yes') arrived();
    // The frame that asked first is about to hear it anyway.
    if (!isNews) return;
    if (signedIn === 'yes') void queryClient.resetQueries();
    else queryClient.clear();
    void router.invalidate();
  });
  onRefused(() => void lookAgain());
}

let isLooking = false;

/** Asks who is signed in, after a refusal: an administrator may be none any more, an account switched off. */
async function lookAgain(): Promise<void> {
  if (isLooking || tollgate.signedIn !== 'yes') return;
  isLooking = true;
  try {
    await queryClient.fetchQuery({ ...meQuery, staleTime: 0 });
  } catch {
    // An account that is switched off is refused this, too, and has no session left.
    await tollgate.refresh().catch(() => {
      // Whatever is asked for next says what is wrong.
    });
  } finally {
    isLooking = false;
  }
}
