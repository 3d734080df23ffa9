import { requireRedirectTarget } from '../auth/redirect-target.ts';
import type { Settings } from '../settings.ts';

/** What Stripe puts the session's id in the place of. */
const PLACEHOLDER = '{CHECKOUT_SESSION_ID}';
const PLACEHOLDER_ENCODED = /%7BCHECKOUT_SESSION_ID%7D/gi;

type Given = { readonly success_url?: string | undefined; readonly cancel_url?: string | undefined };

/**
 * Where the browser goes after a checkout. That it went to the one and not to the other proves nothing.
 *
 * @throws {AppError} `validation_failed`
 */
export function checkoutTargets(given: Given, settings: Settings): { successUrl: string; cancelUrl: string } {
  const { success_url, cancel_url } = given;
  return {
    successUrl:
      success_url === undefined
        ? `${settings.FRONTEND_URL}/billing/return?session_id=${PLACEHOLDER}`
        : // A path's braces come out of the parser encoded, and Stripe would leave them alone.
          requireRedirectTarget('success_url', success_url, settings).replace(
            PLACEHOLDER_ENCODED,
            PLACEHOLDER,
          ),
    cancelUrl:
      cancel_url === undefined
        ? `${settings.FRONTEND_URL}/billing/plans`
        : requireRedirectTarget('cancel_url', cancel_url, settings),
  };
}
