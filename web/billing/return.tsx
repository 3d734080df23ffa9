import { Button, Card, Group, Loader, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { unwrap } from 'tollgate/client';
import { codeOf } from '../parts/failure.ts';
import { formatDay } from '../parts/format.ts';
import { PageButton, PageLink } from '../parts/links.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Failure } from '../parts/states.tsx';
import { api } from '../session/client.ts';
import { queryClient } from '../session/queries.ts';
import { t } from '../texts/index.ts';
import { priceOf } from './names.ts';
import { refreshBilling, type Subscription } from './queries.ts';
import { standingOf } from './standing.ts';

/** How long to wait before each further look: a minute in all. Mostly the first one finds it. */
const WAITS_MS = [1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 5, 5, 5, 10, 10].map((seconds) => seconds * 1_000);

/** What came of looking so far. */
type Looked = {
  readonly times: number;
  readonly found: Subscription | undefined;
  /** Why the last look saw nothing at all. */
  readonly failure?: unknown;
};

/** Where somebody comes back to who has paid. It says what the service knows: coming back does not mean paid. */
export function CheckoutReturn() {
  const { plan: bought } = useSearch({ strict: false });
  const queryKey = ['checkout-return', bought ?? null];
  const { data } = useQuery({
    queryKey,
    queryFn: async (): Promise<Looked> => {
      const times = (queryClient.getQueryData<Looked>(queryKey)?.times ?? 0) + 1;
      try {
        return { times, found: await lookFor(bought) };
      } catch (failure) {
        return { times, found: undefined, failure };
      }
    },
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchInterval: ({ state: { data: looked } }) =>
      looked && !looked.found ? (WAITS_MS[looked.times - 1] ?? false) : false,
  });
  const found = data?.found;
  const isOver = !found && (data?.times ?? 0) > WAITS_MS.length;
  useEffect(() => {
    if (found) void refreshBilling();
  }, [found]);

  return (
    <>
      <PageTitle>{found ? t.billing.paidTitle : t.billing.returnTitle}</PageTitle>
      <Card withBorder padding="xl" maw={600}>
        <div role="status">
          {found ? (
            <Bought subscription={found} />
          ) : isOver ? (
            <StillWaiting lookAgain={() => void queryClient.resetQueries({ queryKey })} />
          ) : (
            <Stack align="center">
              <Loader aria-hidden />
              <Text ta="center">{t.billing.waiting}</Text>
              <Failure error={data?.failure} />
            </Stack>
          )}
        </div>
      </Card>
    </>
  );
}

/** The subscription that grants access, when it is to the plan that was bought. */
async function lookFor(bought: string | undefined): Promise<Subscription | undefined> {
  try {
    const subscription = await unwrap(api.billing.subscriptions.me.$get());
    return bought === undefined || subscription.plan?.code === bought ? subscription : undefined;
  } catch (error) {
    if (codeOf(error) === 'no_subscription') return undefined;
    throw error;
  }
}

function Bought({ subscription }: { subscription: Subscription }) {
  const { plan, current_period_end: end } = subscription;
  const name = plan?.name ?? t.billing.yourPlan;
  const isTrial = standingOf(subscription) === 'trial';
  return (
    <Stack align="flex-start">
      <Text>
        {isTrial && end && plan
          ? t.billing.trialBegun(name, formatDay(end), priceOf(plan))
          : t.billing.paidText(name)}
      </Text>
      <PageButton to="/billing">{t.billing.toOverview}</PageButton>
    </Stack>
  );
}

function StillWaiting({ lookAgain }: { lookAgain: () => void }) {
  return (
    <Stack align="flex-start">
      <Text fw={600}>{t.billing.stillWaitingTitle}</Text>
      <Text>{t.billing.stillWaitingText}</Text>
      <Group>
        <Button onClick={lookAgain}>{t.billing.lookAgain}</Button>
        <PageLink to="/billing">{t.billing.toOverview}</PageLink>
      </Group>
    </Stack>
  );
}
