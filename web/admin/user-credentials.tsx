import { Button, Code } from '@mantine/core';
import { unwrap } from 'tollgate/client';
import { exactTime } from '../parts/format.ts';
import { PagedList } from '../parts/paged-list.tsx';
import { When } from '../parts/when.tsx';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { confirmDeskAct } from './act.ts';

type Props = { readonly userId: string };

/** Where somebody is signed in. */
export function UserSessions({ userId }: Props) {
  const say = t.desk.sessions;
  const of = api.admin.users[':id'].sessions;
  return (
    <PagedList
      label={t.desk.user.sessions}
      queryKey={['desk', 'user', userId, 'sessions']}
      fetch={(query) => unwrap(of.$get({ param: { id: userId }, query }))}
      rowKey={({ id }) => id}
      empty={say.empty}
      columns={[
        { title: say.device, render: ({ user_agent }) => user_agent ?? t.common.none },
        { title: say.ip, render: ({ ip }) => ip ?? t.common.none },
        { title: say.begun, render: ({ created_at }) => <When at={created_at} /> },
        { title: say.lastUsed, render: ({ last_used_at }) => <When at={last_used_at} /> },
        {
          title: t.desk.acts,
          align: 'right',
          render: ({ id, user_agent, last_used_at }) => (
            <Button
              size="xs"
              variant="default"
              aria-label={t.desk.actOn(
                say.endButton,
                `${user_agent ?? say.unknownDevice}, ${exactTime(last_used_at)}`,
              )}
              onClick={() =>
                confirmDeskAct({
                  ...say.end(user_agent ?? say.unknownDevice),
                  dangerous: true,
                  act: () => of[':session_id'].$delete({ param: { id: userId, session_id: id } }),
                })
              }
            >
              {say.endButton}
            </Button>
          ),
        },
      ]}
    />
  );
}

/** The keys of an account: by their beginnings, as they are never shown again. */
export function UserKeys({ userId }: Props) {
  const say = t.desk.keys;
  const of = api.admin.users[':id']['api-keys'];
  return (
    <PagedList
      label={t.desk.user.keys}
      queryKey={['desk', 'user', userId, 'keys']}
      fetch={(query) => unwrap(of.$get({ param: { id: userId }, query }))}
      rowKey={({ id }) => id}
      empty={say.empty}
      columns={[
        { title: say.name, render: ({ name }) => name },
        { title: say.prefix, render: ({ key_prefix }) => <Code>{key_prefix}…</Code> },
        { title: say.scopes, render: ({ scopes }) => scopes.join(', ') || t.common.none },
        { title: say.lastUsed, render: (key) => <When at={key.last_used_at} otherwise={t.common.never} /> },
        { title: say.expires, render: (key) => <When at={key.expires_at} otherwise={t.common.never} /> },
        {
          title: t.desk.acts,
          align: 'right',
          render: ({ id, name }) => (
            <Button
              size="xs"
              variant="default"
              aria-label={t.desk.actOn(say.revokeButton, name)}
              onClick={() =>
                confirmDeskAct({
                  ...say.revoke(name),
                  dangerous: true,
                  act: () => of[':key_id'].$delete({ param: { id: userId, key_id: id } }),
                })
              }
            >
              {say.revokeButton}
            </Button>
          ),
        },
      ]}
    />
  );
}
