import { getRouteApi } from '@tanstack/react-router';
import { unwrap } from 'tollgate/client';
import { ChoiceFilter, Filters, TextFilter } from '../parts/filters.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { oneOf, present } from '../parts/search-params.ts';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { usePlanChoices } from './plan-choices.ts';
import { SubscriptionList } from './subscription-list.tsx';

const route = getRouteApi('/signed-in/desk/admin/subscriptions');

const STATUSES = [
  'active',
  'trialing',
  'past_due',
  'unpaid',
  'paused',
  'incomplete',
  'incomplete_expired',
  'canceled',
  'unknown',
] as const;
const PROVIDERS = ['stripe', 'manual'] as const;

const say = t.desk.subscriptions;

/** Every subscription. */
export function Subscriptions() {
  const search = route.useSearch();
  const query = present({
    status: oneOf(STATUSES, search.status),
    provider: oneOf(PROVIDERS, search.provider),
    plan_code: search.plan,
    user_id: search.user,
  });
  return (
    <>
      <PageTitle>{say.title}</PageTitle>
      <Filters>
        <ChoiceFilter
          name="status"
          label={say.status}
          choices={STATUSES.map((value) => ({ value, label: t.desk.status[value] ?? value }))}
        />
        <ChoiceFilter
          name="provider"
          label={say.provider}
          choices={PROVIDERS.map((value) => ({ value, label: say.providers[value] ?? value }))}
        />
        <ChoiceFilter name="plan" label={say.plan} choices={usePlanChoices()} />
        <TextFilter name="user" label={t.desk.userId} />
      </Filters>
      <SubscriptionList
        queryKey={[query]}
        fetch={(range) => unwrap(api.admin.billing.subscriptions.$get({ query: { ...range, ...query } }))}
      />
    </>
  );
}
