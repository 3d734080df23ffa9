import { Alert, Button, Stack, Text } from '@mantine/core';
import { unwrap } from 'tollgate/client';
import { notifyDone, notifyFailure } from '../parts/notify.ts';
import { useAct } from '../parts/use-act.ts';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';

/** Says that the mailbox is not proven yet, and mails the link again. */
export function UnverifiedNotice({ email }: { email: string }) {
  const resend = useAct(async () => {
    await unwrap(api.request.verify.$post());
    notifyDone(t.shell.resent);
  }, notifyFailure);
  return (
    <Alert color="yellow" variant="light" title={t.shell.unverifiedTitle} mb="md">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t.shell.unverifiedText(email)}</Text>
        <Button size="xs" variant="default" loading={resend.pending} onClick={() => resend.run()}>
          {t.shell.resend}
        </Button>
      </Stack>
    </Alert>
  );
}
