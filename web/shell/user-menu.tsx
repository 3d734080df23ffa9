import { Avatar, Menu, Text, UnstyledButton, useMantineColorScheme, VisuallyHidden } from '@mantine/core';
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
        <UnstyledButton>
          <VisuallyHidden>{t.shell.accountMenu}</VisuallyHidden>
          <Avatar name={me.username} radius="xl" aria-hidden />
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
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(value) => setColorScheme(value as typeof colorScheme)}
        >
          <Menu.RadioItem value="auto">{t.shell.auto}</Menu.RadioItem>
          <Menu.RadioItem value="light">{t.shell.light}</Menu.RadioItem>
          <Menu.RadioItem value="dark">{t.shell.dark}</Menu.RadioItem>
        </Menu.RadioGroup>
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
