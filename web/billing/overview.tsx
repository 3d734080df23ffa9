import { SimpleGrid, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { formatPeriod } from '../parts/format.ts';
import { PageLink } from '../parts/links.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Rows } from '../parts/paged-list.tsx';
import { Section } from '../parts/section.tsx';
import { EmptyState, ErrorState, Loading } from '../parts/states.tsx';
import { UsageBars } from '../parts/usage.tsx';
import { t } from '../texts/index.ts';
import { PAYMENT_COLUMNS } from './payment-columns.tsx';
import { type Overview, overviewQuery } from './queries.ts';
import { SubscriptionNotice } from './subscription-notice.tsx';
import { SubscriptionSection } from './subscription-section.tsx';

/** The subscription, what is used of it, and the last payments. */
export function BillingOverview() {
  const { data, error, refetch } = useQuery(overviewQuery);
  return (
    <>
      <PageTitle>{t.billing.overview}</PageTitle>
      {data ? (
        <Sections overview={data} />
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </>
  );
}

function Sections({ overview }: { overview: Overview }) {
  const { subscription, usage, payments } = overview;
  const [first] = usage;
  return (
    <Stack gap="lg">
      {subscription && <SubscriptionNotice subscription={subscription} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <SubscriptionSection overview={overview} />
        <Section
          title={t.billing.usage}
          text={first && t.billing.usagePeriod(...formatPeriod(first.period_start, first.period_end))}
        >
          <UsageBars usage={usage} />
        </Section>
      </SimpleGrid>
      <Section title={t.billing.lastPayments}>
        {payments.length > 0 ? (
          <>
            <Rows
              label={t.billing.payments}
              columns={PAYMENT_COLUMNS}
              rows={payments}
              rowKey={({ id }) => id}
            />
            <PageLink to="/billing/payments" size="sm">
              {t.billing.allPayments}
            </PageLink>
          </>
        ) : (
          <EmptyState>{t.billing.noPayments}</EmptyState>
        )}
      </Section>
    </Stack>
  );
}
