import { IconHome } from '@tabler/icons-react';
import type { NavigationItem } from '../shell/navigation-item.ts';

export const accountNavigation: readonly NavigationItem[] = [
  { to: '/', label: 'Overview', Icon: IconHome, exact: true },
];
