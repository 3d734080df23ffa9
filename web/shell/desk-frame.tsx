import { Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { Outlet } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { PageLink } from '../parts/links.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { useMe } from '../session/queries.ts';
import { t } from '../texts/index.ts';

/** The desk's pages, for administrators. Whoever stops being one while using them is told so, and shown the way out. */
export function DeskFrame() {
  const isAdmin = useMe().is_admin;
  const wasAdmin = useRef(isAdmin);
  useEffect(() => {
    if (!isAdmin && wasAdmin.current) modals.closeAll();
  }, [isAdmin]);
  if (isAdmin) return <Outlet />;
  return (
    <Stack align="flex-start">
      <PageTitle>{t.common.notAllowedTitle}</PageTitle>
      <Text role="status">{wasAdmin.current ? t.common.noLongerAdmin : t.common.notAllowedText}</Text>
      <PageLink to="/">{t.common.toStart}</PageLink>
    </Stack>
  );
}
