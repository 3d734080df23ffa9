import { QueryClient, queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { TollgateError, type TollgateUser, unwrap } from 'tollgate/client';
import { api } from './client.ts';

const RETRIES = 2;

/** Whether trying again by itself makes sense: nothing answered, or somebody said that it is for the moment. */
const isPassing = (error: unknown) =>
  error instanceof TollgateError && (error.status === 0 || error.status === 502 || error.status === 503);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 30_000, retry: (count, error) => count < RETRIES && isPassing(error) },
    mutations: { retry: false },
  },
});

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: () => unwrap(api.me.$get()) });

/** The account that is signed in. Only below the signed-in frame, which has loaded it. */
export const useMe = (): TollgateUser => useSuspenseQuery(meQuery).data;
