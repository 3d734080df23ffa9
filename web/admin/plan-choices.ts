import { queryOptions, useQuery } from '@tanstack/react-query';
import { unwrap } from 'tollgate/client';
import { api } from '../session/client.ts';

/** What is on sale, as it is now: an answer that the browser kept may be older than what was just changed. */
export const plansQuery = queryOptions({
  queryKey: ['desk', 'plans'],
  queryFn: () => unwrap(api.billing.plans.$get({}, { init: { cache: 'no-cache' } })),
});

/** The plans to choose from; none until they are known. */
export const usePlanChoices = () =>
  (useQuery(plansQuery).data ?? []).map(({ code, name }) => ({ value: code, label: name }));
