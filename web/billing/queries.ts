import { queryOptions } from '@tanstack/react-query';
import type { InferResponseType } from 'hono/client';
import { type TollgateApi, unwrap } from 'tollgate/client';
import { api } from '../session/client.ts';
import { queryClient } from '../session/queries.ts';

export type Overview = InferResponseType<TollgateApi['billing']['overview']['$get'], 200>;
export type Subscription = NonNullable<Overview['subscription']>;
export type Plan = NonNullable<Overview['plan']>;
export type Payment = Overview['payments'][number];

/** For each of these the service asks the payment provider what comes next. */
const OVERVIEW_STALE_MS = 60_000;

/** Everything of the account's own billing at once. */
export const overviewQuery = queryOptions({
  queryKey: ['billing', 'overview'],
  queryFn: () => unwrap(api.billing.overview.$get()),
  staleTime: OVERVIEW_STALE_MS,
});

/** What is on sale, the cheapest first. */
export const plansQuery = queryOptions({
  queryKey: ['billing', 'plans'],
  queryFn: () => unwrap(api.billing.plans.$get()),
});

/** Asks for everything anew that a change may have changed. */
export const refreshBilling = (): Promise<void> => queryClient.invalidateQueries({ queryKey: ['billing'] });
