import { Button, Code, Stack, Table, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { unwrap } from 'tollgate/client';
import { exactTime } from '../parts/format.ts';
import { type Column, PagedList } from '../parts/paged-list.tsx';
import { When } from '../parts/when.tsx';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { type Difference, differenceOf, textOf } from './difference.ts';
import type { AuditEntry } from './types.ts';
import { UserLink } from './user-link.tsx';
import { Facts } from './user-overview.tsx';

const say = t.desk.audit;

/** How many fields a row of the list names; the rest is in its details. */
const NAMED_FIELDS = 3;

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: say.when, render: ({ created_at }) => <When at={created_at} /> },
  { title: say.who, render: (entry) => <Who of={entry} /> },
  { title: say.action, render: ({ action }) => <Code>{action}</Code> },
  { title: say.changed, render: (entry) => <Short of={differenceOf(entry.before, entry.after)} /> },
  {
    title: t.desk.acts,
    align: 'right',
    render: (entry) => (
      <Button
        size="xs"
        variant="default"
        aria-label={t.desk.actOn(say.details, `${entry.action}, ${exactTime(entry.created_at)}`)}
        onClick={() => openDetails(entry)}
      >
        {say.details}
      </Button>
    ),
  },
];

function Who({ of: { admin_id, admin_email, user_id, user_email } }: { of: AuditEntry }) {
  if (admin_id !== null) return <UserLink id={admin_id} email={admin_email} />;
  if (user_id !== null) return <UserLink id={user_id} email={user_email} />;
  return <Text size="sm">{say.nobody}</Text>;
}

function Short({ of: differences }: { of: readonly Difference[] }) {
  if (differences.length === 0) return <Text size="sm">{say.unchanged}</Text>;
  const more = differences.length - NAMED_FIELDS;
  return (
    <Stack gap={0}>
      {differences.slice(0, NAMED_FIELDS).map(({ field, before, after }) => (
        <Text key={field} size="sm" lineClamp={1} maw={320}>
          {field}: {textOf(before) && <del>{textOf(before)}</del>}{' '}
          {textOf(after) && <ins>{textOf(after)}</ins>}
        </Text>
      ))}
      {more > 0 && (
        <Text size="xs" c="dimmed">
          {say.more(more)}
        </Text>
      )}
    </Stack>
  );
}

function openDetails(entry: AuditEntry): void {
  modals.open({
    title: entry.action,
    size: 'lg',
    closeButtonProps: { 'aria-label': t.common.close },
    children: <Details of={entry} />,
  });
}

function Details({ of: entry }: { of: AuditEntry }) {
  const differences = differenceOf(entry.before, entry.after);
  return (
    <Stack>
      <Facts
        label={entry.action}
        facts={[
          [say.when, exactTime(entry.created_at)],
          [say.who, entry.admin_email ?? entry.user_email ?? say.nobody],
          [say.target, `${entry.target_type} ${entry.target_id}`],
          [say.request, entry.request_id ?? t.common.none],
          [say.ip, entry.ip ?? t.common.none],
          [say.device, entry.user_agent ?? t.common.none],
        ]}
      />
      {differences.length > 0 && (
        <Table aria-label={say.changed} layout="fixed" style={{ overflowWrap: 'anywhere' }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{say.field}</Table.Th>
              <Table.Th>{say.before}</Table.Th>
              <Table.Th>{say.after}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {differences.map(({ field, before, after }) => (
              <Table.Tr key={field}>
                <Table.Td>{field}</Table.Td>
                <Table.Td>{before === undefined ? '' : <del>{textOf(before)}</del>}</Table.Td>
                <Table.Td>{after === undefined ? '' : <ins>{textOf(after)}</ins>}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  );
}

type Query = Omit<
  NonNullable<Parameters<(typeof api.admin)['audit-logs']['$get']>[0]>['query'],
  'limit' | 'offset'
>;

/** Who did what, the newest first. */
export function AuditTrail({ query }: { query: Query }) {
  return (
    <PagedList
      label={say.title}
      queryKey={['desk', 'audit', query]}
      fetch={(range) => unwrap(api.admin['audit-logs'].$get({ query: { ...range, ...query } }))}
      columns={COLUMNS}
      rowKey={({ id }) => id}
      empty={say.empty}
    />
  );
}
