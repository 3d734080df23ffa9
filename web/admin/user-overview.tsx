import { Code, SimpleGrid, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { Section } from '../parts/section.tsx';
import { UsageBars } from '../parts/usage.tsx';
import { When } from '../parts/when.tsx';
import { t } from '../texts/index.ts';
import type { UserDetails } from './types.ts';

/** Who it is, what they have, and how much of it they use. */
export function UserOverview({
  details: { user, profile, plan, identities, usage },
}: {
  details: UserDetails;
}) {
  const say = t.desk.user;
  const name = [profile.first_name, profile.last_name].filter(Boolean).join(' ');
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Section title={say.account}>
        <Facts
          label={say.account}
          facts={[
            [say.id, <Code key="id">{user.id}</Code>],
            [say.name, name || t.common.none],
            [say.created, <When key="created" at={user.created_at} />],
            [say.lastLogin, <When key="login" at={user.last_login_at} otherwise={t.common.never} />],
            ...(user.locked_until === null
              ? []
              : [[say.lockedUntil, <When key="locked" at={user.locked_until} />] as const]),
            [say.origin, t.desk.users.providers[user.provider]],
            ...identities.map(
              ({ provider, created_at }) =>
                [say.linked(provider), <When key={provider} at={created_at} />] as const,
            ),
            ...(user.external_platform === null
              ? []
              : [[say.platform, `${user.external_platform} · ${user.external_store_id ?? ''}`] as const]),
          ]}
        />
      </Section>
      <Section title={say.planAndUsage}>
        <Facts
          label={say.planAndUsage}
          facts={[
            [t.desk.users.plan, plan ? `${plan.name} (${plan.tier})` : t.common.none],
            [
              say.customer,
              user.stripe_customer_id ? <Code key="customer">{user.stripe_customer_id}</Code> : t.common.none,
            ],
          ]}
        />
        <UsageBars usage={usage} />
      </Section>
    </SimpleGrid>
  );
}

type FactsProps = { readonly label: string; readonly facts: readonly (readonly [string, ReactNode])[] };

/** What is so, a line each. */
export function Facts({ label, facts }: FactsProps) {
  return (
    <Table variant="vertical" withTableBorder={false} layout="fixed" aria-label={label}>
      <Table.Tbody>
        {facts.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th w={150} scope="row">
              {name}
            </Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
