import { Alert, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { PageTitle } from '../parts/page-title.tsx';
import { EmptyState, ErrorState, Loading } from '../parts/states.tsx';
import { useAct } from '../parts/use-act.ts';
import { t } from '../texts/index.ts';
import { confirmCancel } from './cancel.tsx';
import { confirmChange, confirmReplacement } from './change-plan.tsx';
import { BillingFailure } from './failure.tsx';
import { leaveForCheckout } from './leave.ts';
import { type Offer, PlanCard } from './plan-card.tsx';
import { type Overview, overviewQuery, type Plan, plansQuery, refreshBilling } from './queries.ts';
import { standingOf } from './standing.ts';
import { SubscriptionNotice } from './subscription-notice.tsx';

/** What is on sale, side by side. */
export function Plans() {
  const [plans, overview] = useQueries({ queries: [plansQuery, overviewQuery] });
  const failed = [plans, overview].find(({ isError }) => isError);
  const retry = () => void Promise.all([plans.refetch(), overview.refetch()]);
  return (
    <>
      <PageTitle>{t.billing.plans}</PageTitle>
      {plans.data && overview.data ? (
        <Offers plans={plans.data} overview={overview.data} />
      ) : failed ? (
        <ErrorState error={failed.error} retry={retry} />
      ) : (
        <Loading />
      )}
    </>
  );
}

function Offers({ plans, overview }: { plans: readonly Plan[]; overview: Overview }) {
  const { checkout } = useSearch({ strict: false });
  const [chosen, setChosen] = useState<string>();
  const buy = useAct(async (code: string) => {
    setChosen(code);
    // What stands in the way is often something that this page did not know of.
    await leaveForCheckout(code, false).catch(async (error: unknown) => {
      await refreshBilling();
      throw error;
    });
  });
  const { subscription, plan: current } = overview;
  const standing = standingOf(subscription);
  // One that is no longer sold may still be somebody's.
  const isListed = !current || plans.some(({ id }) => id === current.id);
  const shown = isListed ? plans : [current, ...plans].sort((a, b) => a.price_cents - b.price_cents);

  function offerOf(plan: Plan): Offer | undefined {
    if (plan.id === current?.id) return undefined;
    if (plan.price_cents === 0) {
      if (!subscription || (standing !== 'active' && standing !== 'trial')) return undefined;
      return { label: t.billing.backTo(plan.name), run: () => confirmCancel(subscription), isQuiet: true };
    }
    const rises = plan.price_cents >= (current?.price_cents ?? 0);
    const label = rises ? t.billing.upgradeTo(plan.name) : t.billing.changeTo(plan.name);
    switch (standing) {
      case 'none':
        return {
          label: t.billing.choose(plan.name),
          run: () => buy.run(plan.code),
          pending: buy.pending && chosen === plan.code,
        };
      case 'active':
        return {
          label,
          run: () => confirmChange(plan, current?.name ?? t.billing.yourPlan),
          isQuiet: !rises,
        };
      case 'trial':
      case 'granted':
        return { label, run: () => confirmReplacement(plan, standing === 'trial') };
      default:
        return undefined;
    }
  }

  if (shown.length === 0) return <EmptyState>{t.billing.noPlans}</EmptyState>;
  return (
    <Stack gap="lg">
      {checkout === 'left' && standing === 'none' && !buy.failure && (
        <Alert variant="light" title={t.billing.leftTitle}>
          <Text size="sm">{t.billing.leftText}</Text>
        </Alert>
      )}
      {subscription && <SubscriptionNotice subscription={subscription} />}
      <BillingFailure error={buy.failure} />
      <SimpleGrid cols={{ base: 1, md: Math.min(3, shown.length), xl: Math.min(4, shown.length) }}>
        {shown.map((plan) => (
          <PlanCard
            key={plan.id}
            plan={plan}
            isCurrent={plan.id === current?.id}
            isNew={standing === 'none'}
            offer={offerOf(plan)}
          />
        ))}
      </SimpleGrid>
    </Stack>
  );
}
