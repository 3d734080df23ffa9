import { Badge, Button, Group, Text } from '@mantine/core';
import type { InferResponseType } from 'hono/client';
import { unwrap } from 'tollgate/client';
import { confirmAct } from '../parts/confirm.tsx';
import { notifyDone } from '../parts/notify.ts';
import { type Column, PagedList } from '../parts/paged-list.tsx';
import { Section } from '../parts/section.tsx';
import { When } from '../parts/when.tsx';
import { api, tollgate } from '../session/client.ts';
import { queryClient } from '../session/queries.ts';
import { t } from '../texts/index.ts';

type Session = InferResponseType<typeof api.sessions.$get, 200>['data'][number];

export const sessionsKey = ['sessions'] as const;
const reload = () => queryClient.invalidateQueries({ queryKey: sessionsKey });

const nameOf = ({ device, user_agent }: Session) => device ?? user_agent ?? t.account.unknownDevice;

const COLUMNS: readonly Column<Session>[] = [
  {
    title: t.account.device,
    render: (session) => (
      <Group gap="xs">
        <Text size="sm" maw={260} style={{ overflowWrap: 'anywhere' }}>
          {nameOf(session)}
        </Text>
        {session.current && (
          <Badge variant="outline" tt="none">
            {t.account.thisDevice}
          </Badge>
        )}
      </Group>
    ),
  },
  {
    title: t.account.place,
    render: ({ place, ip }) => (
      <>
        <Text size="sm">{place ?? '–'}</Text>
        <Text size="xs" c="dimmed">
          {ip}
        </Text>
      </>
    ),
  },
  { title: t.account.lastUsed, render: ({ last_used_at }) => <When at={last_used_at} /> },
  { title: t.account.signedIn, render: ({ created_at }) => <When at={created_at} /> },
  {
    title: t.account.actions,
    align: 'right',
    render: (session) => !session.current && <EndButton session={session} />,
  },
];

/** Where the account is signed in, and the way to end it. */
export function Sessions() {
  return (
    <Section title={t.account.sessions}>
      <PagedList
        label={t.account.sessions}
        queryKey={sessionsKey}
        fetch={(query) => unwrap(api.sessions.$get({ query }))}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        empty={t.account.noSessions}
      />
      <Group>
        <Button variant="default" onClick={askToEndOthers}>
          {t.account.endOthers}
        </Button>
      </Group>
    </Section>
  );
}

function EndButton({ session }: { session: Session }) {
  const device = nameOf(session);
  return (
    <Button
      size="xs"
      variant="default"
      aria-label={t.account.endSessionOf(device)}
      onClick={() =>
        confirmAct({
          title: t.account.endSessionTitle,
          text: t.account.endSessionText(device),
          confirm: t.account.endSession,
          act: async () => {
            await api.sessions[':id'].$delete({ param: { id: session.id } });
            notifyDone(t.account.sessionEnded);
            await reload();
          },
        })
      }
    >
      {t.account.endSession}
    </Button>
  );
}

function askToEndOthers(): void {
  confirmAct({
    title: t.account.endOthersTitle,
    text: t.account.endOthersText,
    confirm: t.account.endOthers,
    act: async () => {
      await tollgate.logout('others');
      notifyDone(t.account.othersEnded);
      await reload();
    },
  });
}
