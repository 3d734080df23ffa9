import { Button, Group, Stack } from '@mantine/core';
import { modals } from '@mantine/modals';
import { unwrap } from 'tollgate/client';
import { confirmAct } from '../parts/confirm.tsx';
import { download } from '../parts/download.ts';
import { PageTitle } from '../parts/page-title.tsx';
import { Section } from '../parts/section.tsx';
import { FormOf } from '../parts/server-form.tsx';
import { useServerForm } from '../parts/use-server-form.ts';
import { api, tollgate } from '../session/client.ts';
import { noticeEnd } from '../session/sign-out.ts';
import { t } from '../texts/index.ts';
import { DeleteAccount } from './delete-account.tsx';

/** What is held about the account, and the ways out of it. */
export function YourData() {
  const keep = useServerForm({
    initialValues: {},
    submit: async () => download(await tollgate.fetch('/me/export'), 'account.json'),
  });
  return (
    <Stack maw={760}>
      <PageTitle>{t.account.data}</PageTitle>
      <Section title={t.account.exportTitle} text={t.account.exportText}>
        <FormOf of={keep}>
          <Group>
            <Button type="submit" loading={keep.pending}>
              {t.account.exportSubmit}
            </Button>
          </Group>
        </FormOf>
      </Section>
      <Section title={t.account.deactivateTitle} text={t.account.deactivateText}>
        <Group>
          <Button variant="default" onClick={askToDeactivate}>
            {t.account.deactivateSubmit}
          </Button>
        </Group>
      </Section>
      <Section title={t.account.deleteTitle} text={t.account.deleteText}>
        <Group>
          <Button color="red" onClick={askToDelete}>
            {t.account.deleteSubmit}
          </Button>
        </Group>
      </Section>
    </Stack>
  );
}

function askToDeactivate(): void {
  confirmAct({
    title: t.account.deactivateConfirm,
    text: t.account.deactivateText,
    confirm: t.account.deactivateSubmit,
    dangerous: true,
    act: async () => {
      await unwrap(api.deactivate.$post());
      await noticeEnd();
    },
  });
}

function askToDelete(): void {
  const id = modals.open({
    title: t.account.deleteConfirm,
    closeButtonProps: { 'aria-label': t.common.close },
    children: <DeleteAccount close={() => modals.close(id)} />,
  });
}
