import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { formatMoney } from '../parts/format.ts';
import { PageButton, PageLink } from '../parts/links.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { type Column, Rows } from '../parts/paged-list.tsx';
import { EmptyState, ErrorState, Loading } from '../parts/states.tsx';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { confirmDeskAct } from './act.ts';
import { plansQuery } from './plan-choices.ts';
import type { PlanOnSale } from './types.ts';

const say = t.desk.plans;

const takeOffSale = ({ id, name }: PlanOnSale) =>
  confirmDeskAct({
    ...say.remove(name),
    dangerous: true,
    act: () => api.billing.plans[':id'].$delete({ param: { id } }),
  });

const COLUMNS: readonly Column<PlanOnSale>[] = [
  {
    title: say.name,
    render: ({ id, name }) => (
      <PageLink to="/admin/plans/$planId" params={{ planId: id }} size="sm">
        {name}
      </PageLink>
    ),
  },
  { title: say.code, render: ({ code }) => code },
  {
    title: say.price,
    align: 'right',
    render: (plan) => say.perPeriod(formatMoney(plan.price_cents, plan.currency), plan.billing_period),
  },
  { title: say.tier, render: ({ tier }) => tier },
  { title: say.trial, align: 'right', render: ({ trial_days }) => say.days(trial_days) },
  { title: say.limits, render: ({ limits }) => say.limitsOf(limits.max_items, limits.max_secondary) },
  {
    title: t.desk.acts,
    align: 'right',
    render: (plan) => (
      <Group justify="flex-end">
        <Button
          size="xs"
          variant="default"
          aria-label={t.desk.actOn(say.removeButton, plan.name)}
          onClick={() => takeOffSale(plan)}
        >
          {say.removeButton}
        </Button>
      </Group>
    ),
  },
];

/** What is on sale. */
export function Plans() {
  const plans = useQuery(plansQuery);
  return (
    <>
      <PageTitle action={<PageButton to="/admin/plans/new">{say.create}</PageButton>}>{say.title}</PageTitle>
      {plans.isPending ? (
        <Loading />
      ) : plans.isError ? (
        <ErrorState error={plans.error} retry={() => void plans.refetch()} />
      ) : plans.data.length === 0 ? (
        <EmptyState>{say.empty}</EmptyState>
      ) : (
        <Rows label={say.title} columns={COLUMNS} rows={plans.data} rowKey={({ id }) => id} />
      )}
    </>
  );
}
