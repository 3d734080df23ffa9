import { Button, Group, Text } from '@mantine/core';
import type { QueryKey } from '@tanstack/react-query';
import { unwrap } from 'tollgate/client';
import { type Column, PagedList, type PageOf, type Range } from '../parts/paged-list.tsx';
import { When } from '../parts/when.tsx';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { confirmDeskAct } from './act.ts';
import { Status } from './badges.tsx';
import { openMoveEnd } from './grant-form.tsx';
import type { AdminSubscription } from './types.ts';
import { UserLink } from './user-link.tsx';

/** Those of which nothing is left to end. */
const OVER = new Set(['canceled', 'incomplete_expired']);

const say = t.desk.subscriptions;

const COLUMNS: readonly Column<AdminSubscription>[] = [
  { title: say.user, render: (one) => <UserLink id={one.user_id} email={one.user_email} /> },
  { title: say.plan, render: ({ plan }) => plan?.name ?? t.common.none },
  {
    title: say.status,
    render: ({ status, cancel_at_period_end }) => (
      <>
        <Status of={status} />
        {cancel_at_period_end && !OVER.has(status) && <Text size="xs">{say.ending}</Text>}
      </>
    ),
  },
  { title: say.provider, render: ({ provider }) => say.providers[provider] ?? provider },
  { title: say.started, render: ({ started_at }) => <When at={started_at} /> },
  { title: say.ends, render: (one) => <When at={one.current_period_end} otherwise={say.noEnd} /> },
  { title: t.desk.acts, align: 'right', render: (one) => <Acts of={one} /> },
];

function Acts({ of: one }: { of: AdminSubscription }) {
  if (OVER.has(one.status)) return null;
  const email = one.user_email ?? t.desk.user.deleted;
  const plan = one.plan?.name ?? one.provider;
  const what = `${plan}, ${email}`;
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      {one.provider === 'manual' && (
        <Button
          size="xs"
          variant="default"
          aria-label={t.desk.actOn(t.desk.grants.move, what)}
          onClick={() => openMoveEnd(one)}
        >
          {t.desk.grants.move}
        </Button>
      )}
      <Button
        size="xs"
        variant="default"
        aria-label={t.desk.actOn(say.endButton, what)}
        onClick={() =>
          confirmDeskAct({
            ...say.end(email, plan, one.provider === 'manual'),
            dangerous: true,
            act: () => unwrap(api.admin.billing.subscriptions[':id'].end.$post({ param: { id: one.id } })),
          })
        }
      >
        {say.endButton}
      </Button>
    </Group>
  );
}

type Props = {
  readonly queryKey: QueryKey;
  readonly fetch: (range: Range) => Promise<PageOf<AdminSubscription>>;
};

/** Subscriptions, with what can be done about each. */
export function SubscriptionList({ queryKey, fetch }: Props) {
  return (
    <PagedList
      label={say.title}
      queryKey={['desk', 'subscriptions', ...queryKey]}
      fetch={fetch}
      columns={COLUMNS}
      rowKey={({ id }) => id}
      empty={say.empty}
    />
  );
}
