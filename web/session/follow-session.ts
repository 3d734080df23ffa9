import type { AnyRouter } from '@tanstack/react-router';
import { tollgate } from './client.ts';
import { queryClient } from './queries.ts';
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
}
