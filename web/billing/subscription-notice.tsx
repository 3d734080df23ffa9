import { Alert, Group, Stack, Text } from '@mantine/core';
import { formatDay } from '../parts/format.ts';
import { t } from '../texts/index.ts';
import { ResumeButton } from './cancel.tsx';
import { PortalButton } from './portal-button.tsx';
import type { Subscription } from './queries.ts';
import { standingOf } from './standing.ts';

/** What has to be known of a subscription before anything else is done with it; what is owed says every page. */
export function SubscriptionNotice({ subscription }: { subscription: Subscription }) {
  const standing = standingOf(subscription);
  const name = subscription.plan?.name ?? t.billing.yourPlan;
  const end = subscription.current_period_end;
  switch (standing) {
    case 'canceling':
      return (
        <Alert color="yellow" variant="light" title={t.billing.cancelingTitle}>
          <Stack gap="xs" align="flex-start">
            <Text size="sm">{t.billing.cancelingText(name, end && formatDay(end))}</Text>
            <ResumeButton size="xs" />
          </Stack>
        </Alert>
      );
    case 'granted':
      return (
        <Alert variant="light" title={t.billing.grantedTitle}>
          <Text size="sm">{t.billing.grantedText(name, end && formatDay(end))}</Text>
        </Alert>
      );
    case 'incomplete':
    case 'suspended':
      return (
        <Alert
          color="yellow"
          variant="light"
          title={standing === 'incomplete' ? t.billing.incompleteTitle : t.billing.suspendedTitle}
        >
          <Stack gap="xs" align="flex-start">
            <Text size="sm">
              {standing === 'incomplete' ? t.billing.incompleteText(name) : t.billing.suspendedText(name)}
            </Text>
            <Group>
              <PortalButton size="xs" />
            </Group>
          </Stack>
        </Alert>
      );
    default:
      return null;
  }
}
