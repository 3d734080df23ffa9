import { Badge, Button, Card, Group, List, Stack, Text, Title } from '@mantine/core';
import { formatCount, formatMoney } from '../parts/format.ts';
import { t } from '../texts/index.ts';
import type { Plan } from './queries.ts';

/** What can be done with a plan; nothing where something has to be done first. */
export type Offer = {
  readonly label: string;
  readonly run: () => void;
  readonly pending?: boolean;
  /** Where it is a step down. */
  readonly isQuiet?: boolean;
};

type Props = {
  readonly plan: Plan;
  readonly isCurrent: boolean;
  /** Whether the days that are free at first would be this account's. */
  readonly isNew: boolean;
  readonly offer: Offer | undefined;
};

/** A plan among the others. */
export function PlanCard({ plan, isCurrent, isNew, offer }: Props) {
  const { name, price_cents, currency, billing_period, trial_days, limits, is_active } = plan;
  return (
    <Card
      component="article"
      aria-label={name}
      withBorder
      padding="lg"
      h="100%"
      {...(isCurrent && { bd: '2px solid var(--mantine-primary-color-filled)' })}
    >
      <Stack h="100%" justify="space-between">
        <Stack gap="sm">
          <Group justify="space-between" mih={28}>
            <Title order={2} size="h4">
              {name}
            </Title>
            {isCurrent && <Badge tt="none">{t.billing.current}</Badge>}
          </Group>
          <Text component="p" m={0}>
            <Text span fw={700} fz={28}>
              {formatMoney(price_cents, currency)}
            </Text>
            {price_cents > 0 && <Text span> {t.billing.period(billing_period)}</Text>}
          </Text>
          {isNew && trial_days > 0 && price_cents > 0 && (
            <Text size="sm" fw={500}>
              {t.billing.trialDays(trial_days)}
            </Text>
          )}
          {!is_active && (
            <Text size="sm" c="dimmed">
              {t.billing.notSold}
            </Text>
          )}
          <List size="sm" spacing={4}>
            <List.Item>{t.billing.items(limitOf(limits.max_items))}</List.Item>
            <List.Item>{t.billing.secondary(limitOf(limits.max_secondary))}</List.Item>
            <List.Item>{limits.api_access ? t.billing.apiAccess : t.billing.noApiAccess}</List.Item>
          </List>
        </Stack>
        {offer && (
          <Button
            fullWidth
            variant={offer.isQuiet ? 'default' : 'filled'}
            onClick={offer.run}
            loading={offer.pending ?? false}
          >
            {offer.label}
          </Button>
        )}
      </Stack>
    </Card>
  );
}

/** As many as there may be; `null` where there is no end to it. */
const limitOf = (limit: number): string | null =>
  limit < 0 ? null : limit === 0 ? t.common.none : formatCount(limit);
