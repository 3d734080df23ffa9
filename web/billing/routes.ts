import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readListSearch } from '../parts/search.ts';
import { signedInFrame } from '../shell/frames.tsx';

const overview = createRoute({
  getParentRoute: () => signedInFrame,
  path: '/billing',
  component: lazyRouteComponent(() => import('./overview.tsx'), 'BillingOverview'),
});

const plans = createRoute({
  getParentRoute: () => signedInFrame,
  path: '/billing/plans',
  validateSearch: ({ checkout }: Record<string, unknown>): { checkout?: 'left' | undefined } => ({
    checkout: checkout === 'left' ? checkout : undefined,
  }),
  component: lazyRouteComponent(() => import('./plans.tsx'), 'Plans'),
});

const payments = createRoute({
  getParentRoute: () => signedInFrame,
  path: '/billing/payments',
  validateSearch: readListSearch,
  component: lazyRouteComponent(() => import('./payments.tsx'), 'Payments'),
});

const checkoutReturn = createRoute({
  getParentRoute: () => signedInFrame,
  path: '/billing/return',
  validateSearch: ({ plan }: Record<string, unknown>): { plan?: string | undefined } => ({
    plan: typeof plan === 'string' && plan !== '' ? plan : undefined,
  }),
  component: lazyRouteComponent(() => import('./return.tsx'), 'CheckoutReturn'),
});

/** Plans, payments and usage. */
export const billingRoutes = [overview, plans, payments, checkoutReturn] as const;
