import { Badge, Group, Stack, Table } from '@mantine/core';
import type { TollgateUser } from 'tollgate/client';
import { PageTitle } from '../parts/page-title.tsx';
import { Section } from '../parts/section.tsx';
import { When } from '../parts/when.tsx';
import { useMe } from '../session/queries.ts';
import { t } from '../texts/index.ts';

/** Where somebody lands who has signed in: the account as the service knows it. */
export function Home() {
  const me = useMe();
  return (
    <Stack maw={760}>
      <PageTitle>{t.account.hello(me.username)}</PageTitle>
      <Section title={t.account.overview}>
        <Facts of={me} />
      </Section>
    </Stack>
  );
}

function Facts({
  of: { email, username, is_verified, is_admin, provider, created_at },
}: {
  of: TollgateUser;
}) {
  const rows = [
    [
      t.account.email,
      <Group key="email" gap="xs">
        {email}
        <Badge color={is_verified ? 'green' : 'yellow'} variant="outline" tt="none">
          {is_verified ? t.account.verified : t.account.unverified}
        </Badge>
      </Group>,
    ],
    [
      t.account.username,
      <Group key="username" gap="xs">
        {username}
        {is_admin && (
          <Badge variant="outline" tt="none">
            {t.account.administrator}
          </Badge>
        )}
      </Group>,
    ],
    [t.account.signsInWith, t.account.providers[provider]],
    [t.account.memberSince, <When key="since" at={created_at} />],
  ] as const;
  return (
    <Table variant="vertical" layout="fixed" withTableBorder>
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th w={140}>{name}</Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
