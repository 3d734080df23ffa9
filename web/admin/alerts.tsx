import { Button, Code, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { unwrap } from 'tollgate/client';
import { ChoiceFilter, Filters } from '../parts/filters.tsx';
import { exactTime } from '../parts/format.ts';
import { PageTitle } from '../parts/page-title.tsx';
import { type Column, PagedList } from '../parts/paged-list.tsx';
import { oneOf, present } from '../parts/search-params.ts';
import { When } from '../parts/when.tsx';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { confirmDeskAct } from './act.ts';
import { textOf } from './difference.ts';
import type { BillingAlert } from './types.ts';
import { UserLink } from './user-link.tsx';

const route = getRouteApi('/signed-in/desk/admin/alerts');

/** Which to show, and how the service is asked for them. */
const SHOWN = { open: 'true', resolved: 'false', all: undefined } as const;
const CHOICES = ['open', 'resolved', 'all'] as const;

const say = t.desk.alerts;

const resolve = ({ id, kind }: BillingAlert) =>
  confirmDeskAct({
    ...say.resolve(say.kinds[kind] ?? kind),
    act: () => unwrap(api.admin.billing.alerts[':id'].resolve.$post({ param: { id } })),
  });

const COLUMNS: readonly Column<BillingAlert>[] = [
  { title: say.kind, render: ({ kind }) => say.kinds[kind] ?? <Code>{kind}</Code> },
  {
    title: say.user,
    // Only what has to do with an account knows one.
    render: ({ user_id }) =>
      user_id === null ? t.common.none : <UserLink id={user_id} email={say.toUser} />,
  },
  {
    title: say.details,
    render: ({ details }) =>
      Object.entries(details).map(([name, value]) => (
        <Text key={name} size="sm" maw={400} style={{ overflowWrap: 'anywhere' }}>
          {name}: {textOf(value)}
        </Text>
      )),
  },
  { title: say.created, render: ({ created_at }) => <When at={created_at} /> },
  {
    title: say.resolved,
    render: (alert) =>
      alert.resolved_at === null ? (
        <Button
          size="xs"
          variant="default"
          aria-label={t.desk.actOn(
            say.resolveButton,
            `${say.kinds[alert.kind] ?? alert.kind}, ${exactTime(alert.created_at)}`,
          )}
          onClick={() => resolve(alert)}
        >
          {say.resolveButton}
        </Button>
      ) : (
        <When at={alert.resolved_at} />
      ),
  },
];

/** What billing could not settle by itself. */
export function Alerts() {
  const shown = oneOf(CHOICES, route.useSearch().show) ?? 'open';
  const query = present({ open: SHOWN[shown] });
  return (
    <>
      <PageTitle>{say.title}</PageTitle>
      <Filters>
        <ChoiceFilter
          name="show"
          label={say.show}
          fallback="open"
          choices={CHOICES.map((value) => ({ value, label: say.shown[value] }))}
        />
      </Filters>
      <PagedList
        label={say.title}
        queryKey={['desk', 'alerts', query]}
        fetch={(range) => unwrap(api.admin.billing.alerts.$get({ query: { ...range, ...query } }))}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        empty={shown === 'open' ? say.noneOpen : undefined}
      />
    </>
  );
}
