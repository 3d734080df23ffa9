import { Anchor, Box, Container, Paper } from '@mantine/core';
import { useDidUpdate } from '@mantine/hooks';
import { Outlet, useLocation } from '@tanstack/react-router';
import { useRef } from 'react';
import { t } from '../texts/index.ts';
import { Brand } from './brand.tsx';
import { InsideMain } from './inside-main.ts';

/** A card in the middle: sign-in and what mailed links lead to. */
export function GuestFrame() {
  const main = useRef<HTMLDivElement>(null);
  const pathname = useLocation({ select: (location) => location.pathname });
  // As in the shell: at the beginning of a page when it is another one.
  useDidUpdate(() => main.current?.focus({ preventScroll: true }), [pathname]);
  return (
    <Box mih="100dvh" py="xl">
      <Anchor href="#content" className="skip-link">
        {t.common.skipToContent}
      </Anchor>
      <Container size={440} px="md">
        <Box component="header" my="xl" ta="center">
          <Brand />
        </Box>
        <Paper component="main" id="content" ref={main} tabIndex={-1} withBorder p={{ base: 'md', xs: 'xl' }}>
          <InsideMain value={true}>
            <Outlet />
          </InsideMain>
        </Paper>
      </Container>
    </Box>
  );
}
