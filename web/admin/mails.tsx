import { Button } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { unwrap } from 'tollgate/client';
import { ChoiceFilter, Filters, TextFilter } from '../parts/filters.tsx';
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
import type { OutboxMail } from './types.ts';

const route = getRouteApi('/signed-in/desk/admin/mails');

const STATUSES = ['dead', 'pending', 'sent'] as const;
const ALL = 'all';

const say = t.desk.mails;

const replay = ({ id, recipient }: OutboxMail) =>
  confirmDeskAct({
    ...say.replay(recipient),
    act: () => unwrap(api.admin.mails[':id'].replay.$post({ param: { id } })),
  });

const COLUMNS: readonly Column<OutboxMail>[] = [
  { title: say.recipient, render: ({ recipient }) => recipient },
  { title: say.kind, render: ({ kind }) => kind },
  { title: say.status, render: ({ status }) => <Status of={status} /> },
  { title: t.desk.attempts, align: 'right', render: ({ attempts }) => formatCount(attempts) },
  { title: t.desk.lastError, render: ({ last_error }) => <LastError text={last_error} /> },
  { title: say.created, render: ({ created_at }) => <When at={created_at} /> },
  {
    title: t.desk.acts,
    align: 'right',
    render: (mail) =>
      mail.status === 'dead' && (
        <Button
          size="xs"
          variant="default"
          aria-label={t.desk.actOn(say.replayButton, `${mail.kind}, ${mail.recipient}`)}
          onClick={() => replay(mail)}
        >
          {say.replayButton}
        </Button>
      ),
  },
];

/** The mails that went out, or could not. */
export function Mails() {
  const search = route.useSearch();
  const shown = oneOf([...STATUSES, ALL], search.status) ?? 'dead';
  const query = present({
    status: shown === ALL ? undefined : shown,
    kind: search.kind,
    recipient: search.recipient,
  });
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
        <TextFilter name="kind" label={say.kind} placeholder="reset_password" />
        <TextFilter name="recipient" label={say.recipient} placeholder={say.recipientHint} />
      </Filters>
      <PagedList
        label={say.title}
        queryKey={['desk', 'mails', query]}
        fetch={(range) => unwrap(api.admin.mails.$get({ query: { ...range, ...query } }))}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        empty={shown === 'dead' ? say.noneDead : undefined}
      />
    </>
  );
}
