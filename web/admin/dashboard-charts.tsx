import '@mantine/charts/styles.css';
import { AreaChart, BarChart } from '@mantine/charts';
import { Card, SimpleGrid, Text, Title } from '@mantine/core';
import { formatCount, formatMoney, locales } from '../parts/format.ts';
import { EmptyState } from '../parts/states.tsx';
import { t } from '../texts/index.ts';
import type { Stats } from './types.ts';

type Series = Stats['series'];

const say = t.desk.dashboard;

const HEIGHT = 200;

/** A day in UTC, as the service counts them, and not in the reader's zone. */
const day = new Intl.DateTimeFormat(locales, { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** Thirty days, today last. */
export function DashboardCharts({ series }: { series: Series }) {
  const { days, sign_ups, active_subscriptions, failed_payments, revenue } = series;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Chart
        title={say.signUps}
        days={days}
        values={sign_ups}
        format={formatCount}
        kind="bars"
        color="brand.6"
      />
      <Chart
        title={say.activeSubscriptions}
        days={days}
        values={active_subscriptions}
        format={formatCount}
        kind="area"
        color="teal.6"
      />
      {revenue.map(({ currency, amount_cents }) => (
        <Chart
          key={currency}
          title={say.revenueIn(currency)}
          days={days}
          values={amount_cents}
          format={(amount) => formatMoney(Math.round(amount), currency)}
          kind="bars"
          color="green.6"
        />
      ))}
      <Chart
        title={say.failedPayments}
        days={days}
        values={failed_payments}
        format={formatCount}
        kind="bars"
        color="red.6"
      />
    </SimpleGrid>
  );
}

type ChartProps = {
  readonly title: string;
  readonly days: readonly string[];
  readonly values: readonly number[];
  readonly format: (value: number) => string;
  /** `bars` of what happened on a day, `area` of what there was at its end. */
  readonly kind: 'bars' | 'area';
  readonly color: string;
};

function Chart({ title, days, values, format, kind, color }: ChartProps) {
  const sum = kind === 'bars' ? values.reduce((total, value) => total + value, 0) : (values.at(-1) ?? 0);
  const shared = {
    h: HEIGHT,
    data: days.map((date, index) => ({ date: day.format(new Date(date)), value: values[index] ?? 0 })),
    dataKey: 'date',
    series: [{ name: 'value', label: title, color }],
    valueFormatter: format,
    gridAxis: 'x' as const,
    tickLine: 'none' as const,
    yAxisProps: { width: 70, allowDecimals: false },
  };
  return (
    <Card withBorder component="section" aria-label={say.chart(title)}>
      <Title order={2} size="sm" fw={600}>
        {title}
      </Title>
      <Text size="sm" mb="sm">
        {kind === 'bars' ? say.sumOfDays(format(sum)) : say.today(format(sum))}
      </Text>
      {values.every((value) => value === 0) ? (
        <EmptyState>{say.nothing}</EmptyState>
      ) : kind === 'bars' ? (
        <BarChart {...shared} />
      ) : (
        <AreaChart {...shared} withDots={false} curveType="stepAfter" />
      )}
    </Card>
  );
}
