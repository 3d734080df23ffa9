import { Button, type ButtonProps, Stack, Text } from '@mantine/core';
import { unwrap } from 'tollgate/client';
import { confirmAct } from '../parts/confirm.tsx';
import { formatDay } from '../parts/format.ts';
import { notifyDone, notifyFailure } from '../parts/notify.ts';
import { useAct } from '../parts/use-act.ts';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { refreshBilling, type Subscription } from './queries.ts';
import { standingOf } from './standing.ts';

/** Says what cancelling means and until when, and does it. */
export function confirmCancel(subscription: Subscription): void {
  const end = subscription.current_period_end;
  const name = subscription.plan?.name ?? t.billing.yourPlan;
  const standing = standingOf(subscription);
  // One that was never paid has no period to run out.
  const now = standing === 'incomplete' || end === null;
  confirmAct({
    title: t.billing.cancelTitle(name),
    confirm: t.billing.cancel,
    dangerous: true,
    text: (
      <Stack gap="xs">
        <Text size="sm">
          {now ? t.billing.cancelNowText(name) : t.billing.cancelText(name, formatDay(end))}
        </Text>
        {!now && (
          <Text size="sm">{standing === 'trial' ? t.billing.cancelTrialText : t.billing.cancelPaidText}</Text>
        )}
      </Stack>
    ),
    act: async () => {
      try {
        const canceled = await unwrap(api.billing.subscriptions.cancel.$post());
        const until = canceled.cancel_at_period_end ? canceled.current_period_end : null;
        notifyDone(until ? t.billing.canceled(formatDay(until)) : t.billing.canceledNow);
      } finally {
        await refreshBilling();
      }
    },
  });
}

/** Takes a cancellation back, or takes a paused subscription up again. */
export function ResumeButton({ size = 'sm' }: Pick<ButtonProps, 'size'>) {
  const resume = useAct(async () => {
    try {
      await unwrap(api.billing.subscriptions.resume.$post());
      notifyDone(t.billing.resumed);
    } finally {
      await refreshBilling();
    }
  }, notifyFailure);
  return (
    <Button size={size} loading={resume.pending} onClick={() => resume.run()}>
      {t.billing.resume}
    </Button>
  );
}
