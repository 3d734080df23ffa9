import { Alert, Button, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { unwrap } from 'tollgate/client';
import { notifyDone, notifyFailure } from '../parts/notify.ts';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';

/** Says that the mailbox is not proven yet, and mails the link again. */
export function UnverifiedNotice({ email }: { email: string }) {
  const resend = useMutation({
    mutationFn: () => unwrap(api.request.verify.$post()),
    onSuccess: () => notifyDone(t.shell.resent),
    onError: notifyFailure,
  });
  return (
    <Alert color="yellow" variant="light" title={t.shell.unverifiedTitle} mb="md">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t.shell.unverifiedText(email)}</Text>
        <Button size="xs" variant="default" loading={resend.isPending} onClick={() => resend.mutate()}>
          {t.shell.resend}
        </Button>
      </Stack>
    </Alert>
  );
}
