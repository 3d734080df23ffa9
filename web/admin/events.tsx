import { Button, Code, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { unwrap } from 'tollgate/client';
import { ChoiceFilter, Filters } from '../parts/filters.tsx';
import { formatCount } from '../parts/format.ts';
import { PageTitle } from '../parts/page-title.tsx';
import { type Column, PagedList } from '../parts/paged-list.tsx';
import { oneOf, present } from '../parts/search-params.ts';
import { When } from '../parts/when.tsx';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { confirmDeskAct } from './act.ts';
import { Status } from './badges.tsx';
import { LastError } from './last-error.tsx';
import type { WebhookEvent } from './types.ts';

const route = getRouteApi('/signed-in/desk/admin/events');

const STATUSES = ['dead', 'failed', 'orphan', 'received', 'processing', 'done'] as const;
const ALL = 'all';
/** Those that are settled or in work; the service refuses to replay them. */
const NOT_REPLAYABLE = new Set<string>(['done', 'processing']);

const say = t.desk.events;

const replay = ({ id, type }: WebhookEvent) =>
  confirmDeskAct({
    ...say.replay(type),
    act: () => unwrap(api.admin.billing.events[':id'].replay.$post({ param: { id } })),
  });

const COLUMNS: readonly Column<WebhookEvent>[] = [
  {
    title: say.event,
    render: ({ event_id, type }) => (
      <>
        <Text size="sm">{type}</Text>
        <Code>{event_id}</Code>
      </>
    ),
  },
  { title: say.status, render: ({ status }) => <Status of={status} /> },
  { title: t.desk.attempts, align: 'right', render: ({ attempts }) => formatCount(attempts) },
  { title: t.desk.lastError, render: ({ last_error }) => <LastError text={last_error} /> },
  { title: say.received, render: ({ created_at }) => <When at={created_at} /> },
  { title: say.next, render: (one) => <When at={one.status === 'failed' ? one.next_attempt_at : null} /> },
  {
    title: t.desk.acts,
    align: 'right',
    render: (event) =>
      !NOT_REPLAYABLE.has(event.status) && (
        <Button
          size="xs"
          variant="default"
          aria-label={t.desk.actOn(say.replayButton, `${event.type}, ${event.event_id}`)}
          onClick={() => replay(event)}
        >
          {say.replayButton}
        </Button>
      ),
  },
];

/** What the payment provider told, and what became of it. */
export function Events() {
  const shown = oneOf([...STATUSES, ALL], route.useSearch().status) ?? 'dead';
  const query = present({ status: shown === ALL ? undefined : shown });
  return (
    <>
      <PageTitle>{say.title}</PageTitle>
      <Filters>
        <ChoiceFilter
          name="status"
          label={say.status}
          fallback="dead"
          choices={[
            ...STATUSES.map((value) => ({ value, label: t.desk.status[value] ?? value })),
            { value: ALL, label: t.desk.all },
          ]}
        />
      </Filters>
      <PagedList
        label={say.title}
        queryKey={['desk', 'events', query]}
        fetch={(range) => unwrap(api.admin.billing.events.$get({ query: { ...range, ...query } }))}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        empty={shown === 'dead' ? say.noneDead : undefined}
      />
    </>
  );
}
