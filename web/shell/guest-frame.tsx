import { Anchor, Box, Container, Paper } from '@mantine/core';
import { Outlet } from '@tanstack/react-router';
import { t } from '../texts/index.ts';
import { Brand } from './brand.tsx';

/** A card in the middle: sign-in and what mailed links lead to. */
export function GuestFrame() {
  return (
    <Box mih="100dvh" py="xl">
      <Anchor href="#content" className="skip-link">
        {t.common.skipToContent}
      </Anchor>
      <Container size={440} px="md">
        <Box component="header" my="xl" ta="center">
          <Brand />
        </Box>
        <Paper component="main" id="content" tabIndex={-1} withBorder p={{ base: 'md', xs: 'xl' }}>
          <Outlet />
        </Paper>
      </Container>
    </Box>
  );
}
