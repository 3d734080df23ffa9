import { Card, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { unwrap } from 'tollgate/client';
import { formatCount, formatMoney } from '../parts/format.ts';
import { PageTitle } from '../parts/page-title.tsx';
import { ErrorState, Loading } from '../parts/states.tsx';
import { When } from '../parts/when.tsx';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import type { Stats } from './types.ts';

/** The library that draws is the largest there is: the totals don't wait for it. */
const Charts = lazy(async () => ({ default: (await import('./dashboard-charts.tsx')).DashboardCharts }));

const REFRESH_MS = 60_000;

const say = t.desk.dashboard;

/** Totals and thirty days of them. */
export function Dashboard() {
  const stats = useQuery({
    queryKey: ['desk', 'stats'],
    queryFn: () => unwrap(api.admin.dashboard.stats.$get()),
    refetchInterval: REFRESH_MS,
  });
  return (
    <>
      <PageTitle>{say.title}</PageTitle>
      {stats.isPending ? (
        <Loading />
      ) : stats.isError ? (
        <ErrorState error={stats.error} retry={() => void stats.refetch()} />
      ) : (
        <Stack gap="xl">
          <Totals stats={stats.data} />
          <Suspense fallback={<Loading />}>
            <Charts series={stats.data.series} />
          </Suspense>
          <Text size="sm" c="dimmed">
            {say.asOf} <When at={stats.data.generated_at} />
          </Text>
        </Stack>
      )}
    </>
  );
}

function Totals({ stats: { users, subscriptions, payments, mail, events, alerts } }: { stats: Stats }) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 4 }}>
      <Tile
        title={say.users}
        value={formatCount(users.total)}
        to="/admin/users"
        lines={[
          say.newUsers(formatCount(users.new_30d)),
          say.verified(formatCount(users.verified)),
          say.admins(formatCount(users.admins)),
        ]}
      />
      <Tile
        title={say.subscriptions}
        value={formatCount(subscriptions.active + subscriptions.trialing + subscriptions.past_due)}
        to="/admin/subscriptions"
        lines={[
          say.active(formatCount(subscriptions.active)),
          say.trialing(formatCount(subscriptions.trialing)),
          say.pastDue(formatCount(subscriptions.past_due)),
          say.canceled(formatCount(subscriptions.canceled_30d)),
        ]}
      />
      {subscriptions.by_plan.length > 0 && (
        <Tile
          title={say.byPlan}
          lines={subscriptions.by_plan.map(({ plan_name, count }) => `${plan_name}: ${formatCount(count)}`)}
        />
      )}
      {payments.revenue.map(({ currency, total_cents, last_30d_cents }) => (
        <Tile
          key={currency}
          title={say.revenueIn(currency)}
          value={formatMoney(last_30d_cents, currency)}
          to="/admin/payments"
          lines={[say.inAll(formatMoney(total_cents, currency))]}
        />
      ))}
      <Tile
        title={say.payments}
        value={formatCount(payments.succeeded_30d)}
        to="/admin/payments"
        lines={[
          say.failed(formatCount(payments.failed_30d)),
          say.refunded(formatCount(payments.refunded_30d)),
        ]}
      />
      <Tile title={say.deadMails} value={formatCount(mail.dead)} to="/admin/mails" alarm={mail.dead > 0} />
      <Tile
        title={say.deadEvents}
        value={formatCount(events.dead)}
        to="/admin/events"
        alarm={events.dead > 0}
        lines={[say.orphans(formatCount(events.orphan))]}
      />
      <Tile
        title={say.openAlerts}
        value={formatCount(alerts.open)}
        to="/admin/alerts"
        alarm={alerts.open > 0}
      />
    </SimpleGrid>
  );
}

type TileProps = {
  readonly title: string;
  readonly value?: string;
  readonly lines?: readonly string[];
  /** The list that it is the sum of. */
  readonly to?:
    | '/admin/users'
    | '/admin/subscriptions'
    | '/admin/payments'
    | '/admin/mails'
    | '/admin/events'
    | '/admin/alerts';
  /** Somebody has to look at it. */
  readonly alarm?: boolean;
};

function Tile({ title, value, lines = [], to, alarm = false }: TileProps) {
  const content = (
    <>
      <Title order={2} size="sm" fw={600}>
        {title}
      </Title>
      {value !== undefined && (
        <Text size="xl" fw={700} {...(alarm && { c: 'red' })}>
          {value}
        </Text>
      )}
      {lines.map((line) => (
        <Text key={line} size="sm">
          {line}
        </Text>
      ))}
    </>
  );
  if (to === undefined) return <Card withBorder>{content}</Card>;
  return (
    <Card withBorder component={Link} to={to}>
      {content}
    </Card>
  );
}
