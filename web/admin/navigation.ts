import {
  IconAlertTriangle,
  IconCoins,
  IconHistory,
  IconLayoutDashboard,
  IconMail,
  IconMessageQuestion,
  IconRepeat,
  IconTags,
  IconUsers,
  IconWebhook,
} from '@tabler/icons-react';
import type { NavigationItem } from '../shell/navigation-item.ts';
import { t } from '../texts/index.ts';

export const adminNavigation: readonly NavigationItem[] = [
  { to: '/admin', label: t.desk.dashboard.title, Icon: IconLayoutDashboard, exact: true },
  { to: '/admin/users', label: t.desk.users.title, Icon: IconUsers },
  { to: '/admin/plans', label: t.desk.plans.title, Icon: IconTags },
  { to: '/admin/subscriptions', label: t.desk.subscriptions.title, Icon: IconRepeat },
  { to: '/admin/payments', label: t.desk.payments.title, Icon: IconCoins },
  { to: '/admin/audit', label: t.desk.audit.title, Icon: IconHistory },
  { to: '/admin/mails', label: t.desk.mails.title, Icon: IconMail },
  { to: '/admin/events', label: t.desk.events.title, Icon: IconWebhook },
  { to: '/admin/alerts', label: t.desk.alerts.title, Icon: IconAlertTriangle },
  { to: '/admin/ask', label: t.desk.ask.title, Icon: IconMessageQuestion },
];
