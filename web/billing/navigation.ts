import { IconCreditCard, IconReceipt, IconStack2 } from '@tabler/icons-react';
import type { NavigationItem } from '../shell/navigation-item.ts';
import { t } from '../texts/index.ts';

export const billingNavigation: readonly NavigationItem[] = [
  { to: '/billing', label: t.billing.overview, Icon: IconCreditCard, exact: true },
  { to: '/billing/plans', label: t.billing.plans, Icon: IconStack2 },
  { to: '/billing/payments', label: t.billing.payments, Icon: IconReceipt },
];
