import { Stack, Text, Title } from '@mantine/core';
import { Outlet } from '@tanstack/react-router';
import { useMe } from '../session/queries.ts';
import { t } from '../texts/index.ts';

/** The desk's pages, for administrators. */
export function DeskFrame() {
  if (useMe().is_admin) return <Outlet />;
  return (
    <Stack>
      <Title order={1} size="h2">
        {t.common.notAllowedTitle}
      </Title>
      <Text>{t.common.notAllowedText}</Text>
    </Stack>
  );
}
