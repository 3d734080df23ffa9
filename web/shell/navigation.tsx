import { NavLink, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { accountNavigation } from '../account/navigation.ts';
import { adminNavigation } from '../admin/navigation.ts';
import { billingNavigation } from '../billing/navigation.ts';
import { t } from '../texts/index.ts';
import type { NavigationItem } from './navigation-item.ts';

type Props = { readonly isAdmin: boolean; readonly onNavigate: () => void };

/** The pages by group. */
export function Navigation({ isAdmin, onNavigate }: Props) {
  return (
    <Stack gap="lg">
      <Items title={t.shell.groupAccount} items={accountNavigation} onNavigate={onNavigate} />
      <Items title={t.shell.groupBilling} items={billingNavigation} onNavigate={onNavigate} />
      {isAdmin && <Items title={t.shell.groupDesk} items={adminNavigation} onNavigate={onNavigate} />}
    </Stack>
  );
}

type ItemsProps = {
  readonly title: string;
  readonly items: readonly NavigationItem[];
  readonly onNavigate: () => void;
};

function Items({ title, items, onNavigate }: ItemsProps) {
  if (items.length === 0) return null;
  return (
    <div>
      <Text size="xs" fw={600} c="dimmed" tt="uppercase" px="sm" mb={4}>
        {title}
      </Text>
      {items.map(({ to, label, Icon, exact = false }) => (
        <NavLink
          key={to}
          component={Link}
          to={to}
          label={label}
          leftSection={<Icon size={18} stroke={1.5} aria-hidden />}
          onClick={onNavigate}
          activeOptions={{ exact, includeSearch: false }}
        />
      ))}
    </div>
  );
}
