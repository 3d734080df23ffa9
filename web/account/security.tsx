import { Stack } from '@mantine/core';
import { PageTitle } from '../parts/page-title.tsx';
import { t } from '../texts/index.ts';
import { ChangePassword } from './change-password.tsx';
import { Sessions } from './sessions.tsx';

/** The password, and where the account is signed in. */
export function Security() {
  return (
    <Stack maw={960}>
      <PageTitle>{t.account.security}</PageTitle>
      <ChangePassword />
      <Sessions />
    </Stack>
  );
}
