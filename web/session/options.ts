import { queryOptions, useQuery } from '@tanstack/react-query';
import { unwrap } from 'tollgate/client';
import { api } from './client.ts';

/** As long as a password has to be where the service did not say yet; it judges in any case. */
const PASSWORD_MIN_LENGTH = 8;

const optionsQuery = queryOptions({
  queryKey: ['auth', 'options'],
  queryFn: () => unwrap(api.auth.options.$get()),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The providers that are configured; none until that is known, or where it cannot be. */
export const useProviders = () => useQuery(optionsQuery).data?.providers ?? [];

export const usePasswordMinLength = () =>
  useQuery(optionsQuery).data?.password_min_length ?? PASSWORD_MIN_LENGTH;
