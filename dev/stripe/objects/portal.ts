import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { mergeMetadata } from '../account/references.ts';
import { newId, PREFIXES } from '../ids.ts';

type Configuration = Stripe.BillingPortal.Configuration;

/** A configuration; what is not said is off, as Stripe has it. */
export function newConfiguration(
  account: Account,
  params: Stripe.BillingPortal.ConfigurationCreateParams,
  isDefault: boolean,
): Configuration {
  const { features } = params;
  const { subscription_cancel: cancel, subscription_update: update, customer_update: customer } = features;
  return {
    id: newId(PREFIXES['billing_portal.configuration']),
    object: 'billing_portal.configuration',
    active: true,
    application: null,
    business_profile: {
      headline: params.business_profile?.headline || null,
      privacy_policy_url: params.business_profile?.privacy_policy_url ?? null,
      terms_of_service_url: params.business_profile?.terms_of_service_url ?? null,
    },
    created: account.now(),
    default_return_url: params.default_return_url || null,
    features: {
      customer_update: {
        allowed_updates: customer?.allowed_updates || [],
        enabled: customer?.enabled ?? false,
      },
      invoice_history: { enabled: features.invoice_history?.enabled ?? false },
      payment_method_update: {
        enabled: features.payment_method_update?.enabled ?? false,
        payment_method_configuration: null,
      },
      subscription_cancel: {
        cancellation_reason: { enabled: false, feedback_options: null, options: [] },
        enabled: cancel?.enabled ?? false,
        mode: cancel?.mode ?? 'at_period_end',
        proration_behavior: cancel?.proration_behavior || 'none',
      },
      subscription_pause: { duration: { interval_options: [], type: 'indefinite' }, enabled: false },
      subscription_update: {
        billing_cycle_anchor: null,
        default_allowed_updates: update?.default_allowed_updates || [],
        enabled: update?.enabled ?? false,
        products: (update?.products || []).map(({ product, prices }) => ({
          adjustable_quantity: { enabled: false, maximum: null, minimum: 1 },
          prices,
          product,
        })),
        proration_behavior: update?.proration_behavior ?? 'none',
        schedule_at_period_end: { conditions: [] },
        trial_update_behavior: 'end_trial',
      },
    },
    is_default: isDefault,
    livemode: false,
    login_page: { enabled: false, url: null },
    metadata: mergeMetadata({}, params.metadata),
    name: params.name || null,
    updated: account.now(),
  };
}

/** The configuration that a session without one has. An account has it from the start. */
export function defaultConfiguration(account: Account): Configuration {
  const standing = account.all('billing_portal.configuration').find((one) => one.is_default);
  if (standing) return standing;
  const features = {
    invoice_history: { enabled: true },
    payment_method_update: { enabled: true },
    subscription_cancel: { enabled: true },
  };
  return account.put('billing_portal.configuration', newConfiguration(account, { features }, true));
}

export function newPortalSession(
  account: Account,
  configuration: Configuration,
  params: Stripe.BillingPortal.SessionCreateParams & { customer: string },
): Stripe.BillingPortal.Session {
  const id = newId(PREFIXES['billing_portal.session']);
  return {
    id,
    object: 'billing_portal.session',
    configuration: configuration.id,
    created: account.now(),
    customer: params.customer,
    customer_account: null,
    flow: null,
    livemode: false,
    locale: params.locale ?? null,
    on_behalf_of: null,
    return_url: params.return_url ?? configuration.default_return_url,
    url: `${account.url}/p/session/${id}`,
  };
}
