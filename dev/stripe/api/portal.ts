import type Stripe from 'stripe';
import { mergeMetadata } from '../account/references.ts';
import { defaultConfiguration, newConfiguration, newPortalSession } from '../objects/portal.ts';
import { invalid } from '../wire/errors.ts';
import { type Page, paginate } from '../wire/lists.ts';
import { pathId, type Routes } from './call.ts';

export const portalRoutes: Routes = {
  'POST /v1/billing_portal/sessions': ({ account, params }) => {
    const wanted = params as Stripe.BillingPortal.SessionCreateParams;
    if (!wanted.customer) {
      throw invalid('Missing required param: customer.', { code: 'parameter_missing', param: 'customer' });
    }
    const { id: customer } = account.get('customer', wanted.customer, 'customer');
    if (wanted.flow_data) throw invalid('The emulator knows no flows.', { param: 'flow_data' });
    const configuration = wanted.configuration
      ? account.get('billing_portal.configuration', wanted.configuration, 'configuration')
      : defaultConfiguration(account);
    return account.put(
      'billing_portal.session',
      newPortalSession(account, configuration, { ...wanted, customer }),
    );
  },
  'POST /v1/billing_portal/configurations': ({ account, params }) => {
    const wanted = params as Stripe.BillingPortal.ConfigurationCreateParams;
    return account.put('billing_portal.configuration', newConfiguration(account, wanted, false));
  },
  'GET /v1/billing_portal/configurations/{id}': (call) =>
    call.account.get('billing_portal.configuration', pathId(call)),
  'POST /v1/billing_portal/configurations/{id}': (call) => {
    const { account } = call;
    const standing = account.get('billing_portal.configuration', pathId(call));
    const { active, features, metadata } = call.params as Stripe.BillingPortal.ConfigurationUpdateParams;
    if (active !== undefined) standing.active = active;
    for (const [name, value] of Object.entries(features ?? {})) {
      const all = standing.features as unknown as Record<string, object>;
      all[name] = { ...all[name], ...value };
    }
    standing.metadata = mergeMetadata(standing.metadata ?? {}, metadata);
    standing.updated = account.now();
    return account.put('billing_portal.configuration', standing);
  },
  'GET /v1/billing_portal/configurations': ({ account, params, path }) => {
    defaultConfiguration(account);
    const {
      is_default: isDefault,
      active,
      ...page
    } = params as Page & {
      is_default?: boolean;
      active?: boolean;
    };
    const found = account
      .all('billing_portal.configuration')
      .filter(
        (one) =>
          (isDefault === undefined || one.is_default === isDefault) &&
          (active === undefined || one.active === active),
      );
    return paginate(found, page, path);
  },
};
