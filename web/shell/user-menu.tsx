import { Avatar, Menu, SegmentedControl, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { notifyFailure } from '../parts/notify.ts';
import { useMe } from '../session/queries.ts';
import { signOut } from '../session/sign-out.ts';
import { t } from '../texts/index.ts';

/** Who is signed in, the colour scheme, and the way out. */
export function UserMenu() {
  const me = useMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <UnstyledButton aria-label={t.shell.accountMenu}>
          <Avatar name={me.username} color="initials" radius="xl" alt="" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text fw={600} size="sm" c="var(--mantine-color-text)" truncate>
            {me.username}
          </Text>
          <Text size="xs" truncate>
            {me.email}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t.shell.colorScheme}</Menu.Label>
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={t.shell.colorScheme}
          value={colorScheme}
          onChange={(value) => setColorScheme(value as typeof colorScheme)}
          data={[
            { value: 'auto', label: t.shell.auto },
            { value: 'light', label: t.shell.light },
            { value: 'dark', label: t.shell.dark },
          ]}
        />
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden />}
          onClick={() => void signOut().catch(notifyFailure)}
        >
          {t.shell.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
