import { getRouteApi } from '@tanstack/react-router';
import { unwrap } from 'tollgate/client';
import { between, ChoiceFilter, DayFilter, Filters, TextFilter } from '../parts/filters.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { oneOf, present } from '../parts/search-params.ts';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { PaymentList } from './payment-list.tsx';

const route = getRouteApi('/signed-in/desk/admin/payments');

const STATUSES = ['succeeded', 'failed', 'pending', 'refunded'] as const;

const say = t.desk.payments;

/** Every payment. */
export function Payments() {
  const search = route.useSearch();
  const query = present({
    status: oneOf(STATUSES, search.status),
    currency: search.currency,
    user_id: search.user,
    ...between(search.from, search.to),
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
        <TextFilter name="currency" label={say.currency} placeholder="USD" />
        <TextFilter name="user" label={t.desk.userId} />
        <DayFilter name="from" label={t.desk.from} />
        <DayFilter name="to" label={t.desk.to} />
      </Filters>
      <PaymentList
        queryKey={[query]}
        fetch={(range) => unwrap(api.admin.billing.transactions.$get({ query: { ...range, ...query } }))}
      />
    </>
  );
}
