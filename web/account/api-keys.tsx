import { Badge, Button, Code, Group, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import type { InferResponseType } from 'hono/client';
import { unwrap } from 'tollgate/client';
import { confirmAct } from '../parts/confirm.tsx';
import { notifyDone } from '../parts/notify.ts';
import { PageTitle } from '../parts/page-title.tsx';
import { type Column, PagedList } from '../parts/paged-list.tsx';
import { When } from '../parts/when.tsx';
import { api } from '../session/client.ts';
import { queryClient } from '../session/queries.ts';
import { t } from '../texts/index.ts';
import { NewKey } from './new-key.tsx';

type ApiKey = InferResponseType<(typeof api)['api-keys']['$get'], 200>['data'][number];

const keysKey = ['api-keys'] as const;
const reload = () => queryClient.invalidateQueries({ queryKey: keysKey });

const COLUMNS: readonly Column<ApiKey>[] = [
  {
    title: t.account.keyName,
    render: ({ name, key_prefix }) => (
      <>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Text>
        <Code>{key_prefix}…</Code>
      </>
    ),
  },
  {
    title: t.account.scopes,
    render: ({ scopes }) => (
      <Group gap={4}>
        {scopes.map((scope) => (
          <Badge key={scope} variant="default" tt="none">
            {scope}
          </Badge>
        ))}
      </Group>
    ),
  },
  { title: t.account.created, render: ({ created_at }) => <When at={created_at} /> },
  {
    title: t.account.lastUsed,
    render: ({ last_used_at }) => <When at={last_used_at} otherwise={t.common.never} />,
  },
  {
    title: t.account.expires,
    render: ({ expires_at }) => <When at={expires_at} otherwise={t.common.never} />,
  },
  {
    title: t.account.actions,
    align: 'right',
    render: (key) => (
      <Button
        size="xs"
        variant="default"
        aria-label={t.account.revokeOf(key.name)}
        onClick={() => askToRevoke(key)}
      >
        {t.account.revoke}
      </Button>
    ),
  },
];

/** The keys of the account. */
export function ApiKeys() {
  return (
    <Stack gap="sm">
      <PageTitle action={<Button onClick={askForNewKey}>{t.account.newKey}</Button>}>
        {t.account.keys}
      </PageTitle>
      <Text size="sm" c="dimmed">
        {t.account.keysText}
      </Text>
      <PagedList
        label={t.account.keys}
        queryKey={keysKey}
        fetch={(query) => unwrap(api['api-keys'].$get({ query }))}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        empty={t.account.noKeys}
      />
    </Stack>
  );
}

function askForNewKey(): void {
  const id = modals.open({
    title: t.account.newKey,
    // Once the key is shown, it must not be lost by a click beside it.
    closeOnClickOutside: false,
    closeOnEscape: false,
    closeButtonProps: { 'aria-label': t.common.close },
    children: <NewKey onMade={() => void reload()} close={() => modals.close(id)} />,
  });
}

function askToRevoke({ id, name }: ApiKey): void {
  confirmAct({
    title: t.account.revokeTitle,
    text: t.account.revokeText(name),
    confirm: t.account.revoke,
    dangerous: true,
    act: async () => {
      await api['api-keys'][':id'].$delete({ param: { id } });
      notifyDone(t.account.revoked);
      await reload();
    },
  });
}
