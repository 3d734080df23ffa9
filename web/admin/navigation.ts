import { IconLayoutDashboard } from '@tabler/icons-react';
import type { NavigationItem } from '../shell/navigation-item.ts';
import { t } from '../texts/index.ts';

export const adminNavigation: readonly NavigationItem[] = [
  { to: '/admin', label: t.desk.dashboard, Icon: IconLayoutDashboard, exact: true },
];
