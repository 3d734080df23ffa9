import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatMoney } from '../parts/format.ts';
import { PageButton } from '../parts/links.tsx';
import { Section } from '../parts/section.tsx';
import { When } from '../parts/when.tsx';
import { t } from '../texts/index.ts';
import { confirmCancel, ResumeButton } from './cancel.tsx';
import { priceOf } from './names.ts';
import { PortalButton } from './portal-button.tsx';
import type { Overview, Subscription } from './queries.ts';
import { hasPortal, type Standing, standingOf } from './standing.ts';

const COLORS: Readonly<Record<Standing, string>> = {
  none: 'gray',
  granted: 'blue',
  active: 'green',
  trial: 'blue',
  canceling: 'yellow',
  owing: 'red',
  incomplete: 'yellow',
  paused: 'red',
  suspended: 'red',
};

const CHANGEABLE: readonly Standing[] = ['none', 'active', 'trial', 'granted'];
const UNPAID: readonly Standing[] = ['owing', 'suspended'];
const CANCELABLE: readonly Standing[] = ['active', 'trial', 'incomplete', ...UNPAID];

/** What somebody has, what it costs and until when, and what can be done about it. */
export function SubscriptionSection({ overview }: { overview: Overview }) {
  const { subscription, upcoming_invoice: next } = overview;
  const standing = standingOf(subscription);
  const plan = subscription ? subscription.plan : overview.plan;
  // One that was cancelled and is fine otherwise says so above, with the way back.
  const isResumable =
    standing === 'paused' || (subscription?.cancel_at_period_end && UNPAID.includes(standing));
  return (
    <Section title={plan?.name ?? t.billing.noPlan}>
      <Stack gap="xs">
        {subscription && (
          <Fact name={t.billing.status}>
            <Badge variant="dot" color={COLORS[standing]} tt="none">
              {t.billing.standing[standing]}
            </Badge>
          </Fact>
        )}
        {plan && (
          <Fact name={t.billing.priceName}>
            {standing === 'granted' ? t.billing.costsNothing : priceOf(plan)}
          </Fact>
        )}
        {subscription && <End subscription={subscription} standing={standing} />}
        {next && (
          <Fact name={t.billing.nextInvoice}>
            {formatMoney(next.amount_due_cents, next.currency)}
            {next.due_at && (
              <>
                , <When at={next.due_at} />
              </>
            )}
          </Fact>
        )}
      </Stack>
      <Group>
        {CHANGEABLE.includes(standing) && (
          <PageButton to="/billing/plans">
            {standing === 'none' ? t.billing.seePlans : t.billing.change}
          </PageButton>
        )}
        {isResumable && <ResumeButton />}
        {hasPortal(overview) && <PortalButton />}
        {subscription && CANCELABLE.includes(standing) && !subscription.cancel_at_period_end && (
          <Button variant="subtle" color="red" onClick={() => confirmCancel(subscription)}>
            {t.billing.cancel}
          </Button>
        )}
      </Group>
    </Section>
  );
}

/** The day on which something happens, and what. */
function End({ subscription, standing }: { subscription: Subscription; standing: Standing }) {
  const { current_period_end: end } = subscription;
  if (end === null)
    return standing === 'granted' ? <Fact name={t.billing.ends}>{t.common.never}</Fact> : null;
  const names: Readonly<Partial<Record<Standing, string>>> = {
    active: t.billing.renews,
    trial: t.billing.trialEnds,
    canceling: t.billing.ends,
    granted: t.billing.ends,
  };
  const name = names[standing];
  return name ? (
    <Fact name={name}>
      <When at={end} />
    </Fact>
  ) : null;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Group justify="space-between" gap="xs">
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="div" size="sm">
        {children}
      </Text>
    </Group>
  );
}
