import '@mantine/notifications/styles.css';
import { Anchor, AppShell, Burger, Group, ScrollArea } from '@mantine/core';
import { useDidUpdate, useDisclosure } from '@mantine/hooks';
import { ModalsProvider, modals } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { Outlet, useLocation } from '@tanstack/react-router';
import { useRef } from 'react';
import { PaymentNotice } from '../billing/payment-notice.tsx';
import { useMe } from '../session/queries.ts';
import { t } from '../texts/index.ts';
import { Brand } from './brand.tsx';
import { InsideMain } from './inside-main.ts';
import { Navigation } from './navigation.tsx';
import { UnverifiedNotice } from './unverified-notice.tsx';
import { UserMenu } from './user-menu.tsx';

/** What is around every page of an account: the header, the navigation, dialogues and notifications. */
export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure();
  const me = useMe();
  const main = useRef<HTMLElement>(null);
  const pathname = useLocation({ select: (location) => location.pathname });
  useDidUpdate(() => {
    // What a dialogue asks belongs to the page that it was opened on.
    modals.closeAll();
    // Who hears the page, or goes through it by keyboard, is at its beginning when it is another one.
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <ModalsProvider>
      <Notifications position="bottom-right" />
      <Anchor href="#content" className="skip-link">
        {t.common.skipToContent}
      </Anchor>
      <AppShell
        header={{ height: 60 }}
        navbar={{ width: 250, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
        padding="md"
      >
        <AppShell.Header>
          <Group h="100%" px="md" justify="space-between" wrap="nowrap">
            <Group gap="sm" wrap="nowrap">
              <Burger
                opened={isOpen}
                onClick={toggle}
                hiddenFrom="sm"
                size="sm"
                aria-expanded={isOpen}
                aria-label={isOpen ? t.shell.closeNavigation : t.shell.openNavigation}
              />
              <Brand />
            </Group>
            <UserMenu />
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="sm" aria-label={t.shell.navigation}>
          <AppShell.Section grow component={ScrollArea}>
            <Navigation isAdmin={me.is_admin} onNavigate={close} />
          </AppShell.Section>
        </AppShell.Navbar>
        <AppShell.Main id="content" ref={main} tabIndex={-1}>
          {!me.is_verified && <UnverifiedNotice email={me.email} />}
          <PaymentNotice />
          <InsideMain value={true}>
            <Outlet />
          </InsideMain>
        </AppShell.Main>
      </AppShell>
    </ModalsProvider>
  );
}
