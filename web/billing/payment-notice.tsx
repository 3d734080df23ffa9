import { Alert, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMe } from '../session/queries.ts';
import { t } from '../texts/index.ts';
import { PortalButton } from './portal-button.tsx';
import { overviewQuery } from './queries.ts';
import { isOwing, standingOf } from './standing.ts';

// Whoever comes back from paying is here before the service was told of it.
const LOOK_AGAIN_MS = 5_000;
const LOOKS = 12;

/** On every page: says that something was not paid, what comes of it, and where it is paid. */
export function PaymentNotice() {
  const { is_verified } = useMe();
  const { data } = useQuery({
    ...overviewQuery,
    enabled: is_verified,
    refetchInterval: ({ state }) =>
      state.data && isOwing(state.data) && state.dataUpdateCount <= LOOKS ? LOOK_AGAIN_MS : false,
  });
  if (!data?.subscription || !isOwing(data)) return null;
  const { has_access, plan } = data.subscription;
  const name = plan?.name ?? t.billing.yourPlan;
  const isPaused = standingOf(data.subscription) === 'paused';
  return (
    <Alert
      color="red"
      variant="light"
      mb="md"
      role="alert"
      title={isPaused ? t.billing.pausedTitle : t.billing.owingTitle}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {isPaused
            ? t.billing.pausedText(name)
            : has_access
              ? t.billing.owingText(name)
              : t.billing.owingEndedText(name)}
        </Text>
        <PortalButton size="xs">{t.billing.payInPortal}</PortalButton>
      </Stack>
    </Alert>
  );
}
