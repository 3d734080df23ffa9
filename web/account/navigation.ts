import { IconDatabase, IconHome, IconKey, IconShieldLock, IconUser } from '@tabler/icons-react';
import type { NavigationItem } from '../shell/navigation-item.ts';
import { t } from '../texts/index.ts';

export const accountNavigation: readonly NavigationItem[] = [
  { to: '/', label: t.account.overview, Icon: IconHome, exact: true },
  { to: '/profile', label: t.account.profile, Icon: IconUser },
  { to: '/security', label: t.account.security, Icon: IconShieldLock },
  { to: '/api-keys', label: t.account.keys, Icon: IconKey },
  { to: '/data', label: t.account.data, Icon: IconDatabase },
];
