import { Button, Checkbox, Code, CopyButton, Group, Stack, Text, TextInput } from '@mantine/core';
import type { InferRequestType } from 'hono/client';
import { useState } from 'react';
import { unwrap } from 'tollgate/client';
import { dayOf, endOfDay } from '../parts/day.ts';
import { DayInput } from '../parts/day-input.tsx';
import { codeOf } from '../parts/failure.ts';
import { PageLink } from '../parts/links.tsx';
import { FormOf } from '../parts/server-form.tsx';
import { useServerForm } from '../parts/use-server-form.ts';
import { api } from '../session/client.ts';
import { useMe } from '../session/queries.ts';
import { t } from '../texts/index.ts';

type Scope = InferRequestType<(typeof api)['api-keys']['$post']>['json']['scopes'][number];

const FOR_ADMINISTRATORS: readonly Scope[] = ['users:provision', 'admin:read'];
const SCOPES = Object.keys(t.account.scopeTexts) as Scope[];

type Props = { readonly onMade: () => void; readonly close: () => void };

/** Makes a key, and shows it this once. */
export function NewKey({ onMade, close }: Props) {
  const { is_admin } = useMe();
  const [key, setKey] = useState<string>();
  const make = useServerForm({
    initialValues: { name: '', scopes: [] as Scope[], expires_at: '' },
    submit: async ({ name, scopes, expires_at }) => {
      const json = { name, scopes, expires_at: expires_at ? endOfDay(expires_at) : null };
      const made = await unwrap(api['api-keys'].$post({ json }));
      setKey(made.key);
      onMade();
    },
  });
  if (key !== undefined) return <ShownOnce secret={key} close={close} />;
  const { form, pending } = make;
  const scopes = SCOPES.filter((scope) => is_admin || !FOR_ADMINISTRATORS.includes(scope));
  return (
    <FormOf of={make} remedy={(failure) => codeOf(failure) === 'plan_required' && <SeePlans close={close} />}>
      <TextInput
        label={t.account.keyName}
        description={t.account.keyNameHint}
        data-autofocus
        required
        {...form.getInputProps('name')}
      />
      <Checkbox.Group
        label={t.account.scopes}
        description={t.account.scopesHint}
        {...form.getInputProps('scopes')}
      >
        <Stack gap="xs" mt="xs">
          {scopes.map((scope) => (
            <Checkbox key={scope} value={scope} label={t.account.scopeTexts[scope]} description={scope} />
          ))}
        </Stack>
      </Checkbox.Group>
      <DayInput
        label={t.account.expires}
        description={t.account.expiresHint}
        min={dayOf(new Date())}
        {...form.getInputProps('expires_at')}
      />
      <Group justify="flex-end">
        <Button variant="default" onClick={close} disabled={pending}>
          {t.common.cancel}
        </Button>
        <Button type="submit" loading={pending}>
          {t.account.createKey}
        </Button>
      </Group>
    </FormOf>
  );
}

function SeePlans({ close }: { close: () => void }) {
  return (
    <PageLink to="/billing" onClick={close} size="sm">
      {t.account.seePlans}
    </PageLink>
  );
}

function ShownOnce({ secret, close }: { secret: string; close: () => void }) {
  return (
    <Stack>
      <Text size="sm">{t.account.keyMadeText}</Text>
      <Code block aria-label={t.account.keyMade} style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
        {secret}
      </Code>
      <Group justify="flex-end">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy} data-autofocus>
              {copied ? t.common.copied : t.common.copy}
            </Button>
          )}
        </CopyButton>
        <Button onClick={close}>{t.account.keySaved}</Button>
      </Group>
    </Stack>
  );
}
