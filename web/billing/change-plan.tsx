import { Button, Group, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import { unwrap } from 'tollgate/client';
import { confirmAct } from '../parts/confirm.tsx';
import { formatMoney } from '../parts/format.ts';
import { notifyDone } from '../parts/notify.ts';
import { ErrorState, Loading } from '../parts/states.tsx';
import { useAct } from '../parts/use-act.ts';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { BillingFailure } from './failure.tsx';
import { leaveForCheckout } from './leave.ts';
import { priceOf } from './names.ts';
import { type Plan, refreshBilling } from './queries.ts';

/** Shows what a change would cost now and from then on, and makes it. */
export function confirmChange(plan: Plan, from: string): void {
  const id = modals.open({
    title: t.billing.changeTitle(plan.name),
    closeButtonProps: { 'aria-label': t.common.close },
    children: <ChangePlan plan={plan} from={from} close={() => modals.close(id)} />,
  });
}

/** Says why the other plan is bought on a page, and goes there. */
export function confirmReplacement(plan: Plan, onTrial: boolean): void {
  confirmAct({
    title: t.billing.changeTitle(plan.name),
    confirm: t.billing.toCheckout,
    text: onTrial ? t.billing.replaceTrialText(priceOf(plan)) : t.billing.replaceGrantText(priceOf(plan)),
    act: () => leaveForCheckout(plan.code, true),
  });
}

type Props = { readonly plan: Plan; readonly from: string; readonly close: () => void };

function ChangePlan({ plan, from, close }: Props) {
  const preview = useQuery({
    queryKey: ['plan-preview', plan.code],
    queryFn: () =>
      unwrap(api.billing.subscriptions.upgrade.preview.$post({ json: { plan_code: plan.code } })),
    // It depends on the moment, and must not change under the eyes of who is about to agree.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const change = useAct(async () => {
    try {
      await unwrap(
        api.billing.subscriptions.upgrade.$post({ json: { plan_code: plan.code, mode: 'prorate' } }),
      );
      notifyDone(t.billing.changed(plan.name));
      close();
    } finally {
      await refreshBilling();
    }
  });

  if (preview.isPending) return <Loading />;
  if (preview.isError) return <ErrorState error={preview.error} retry={() => void preview.refetch()} />;
  const { amount_due_cents: due, currency } = preview.data;
  const amount = formatMoney(due, currency);
  return (
    <Stack>
      <Group justify="space-between">
        <Text>{t.billing.dueNow}</Text>
        <Text fw={700} size="lg">
          {amount}
        </Text>
      </Group>
      <Group justify="space-between">
        <Text>{t.billing.dueThen}</Text>
        <Text>{priceOf(plan)}</Text>
      </Group>
      <Text size="sm" c="dimmed">
        {due > 0 ? t.billing.changeUpText(from) : t.billing.changeDownText(from)}
      </Text>
      <BillingFailure error={change.failure} />
      <Group justify="flex-end">
        <Button variant="default" onClick={close} disabled={change.pending} data-autofocus>
          {t.common.cancel}
        </Button>
        <Button onClick={() => change.run()} loading={change.pending}>
          {due > 0 ? t.billing.changeAndPay(amount) : t.billing.change}
        </Button>
      </Group>
    </Stack>
  );
}
