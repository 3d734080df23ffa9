import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { keepTexts } from '../parts/search-params.ts';
import { deskFrame } from '../shell/frames.tsx';

const getParentRoute = () => deskFrame;

const dashboard = createRoute({
  getParentRoute,
  path: '/admin',
  component: lazyRouteComponent(() => import('./dashboard.tsx'), 'Dashboard'),
});

const users = createRoute({
  getParentRoute,
  path: '/admin/users',
  validateSearch: keepTexts('q', 'active', 'verified', 'admin', 'provider', 'plan', 'from', 'to', 'sort'),
  component: lazyRouteComponent(() => import('./users.tsx'), 'Users'),
});

const user = createRoute({
  getParentRoute,
  path: '/admin/users/$userId',
  validateSearch: keepTexts('tab'),
  component: lazyRouteComponent(() => import('./user.tsx'), 'User'),
});

const plans = createRoute({
  getParentRoute,
  path: '/admin/plans',
  component: lazyRouteComponent(() => import('./plans.tsx'), 'Plans'),
});

const newPlan = createRoute({
  getParentRoute,
  path: '/admin/plans/new',
  component: lazyRouteComponent(() => import('./new-plan.tsx'), 'NewPlan'),
});

const plan = createRoute({
  getParentRoute,
  path: '/admin/plans/$planId',
  component: lazyRouteComponent(() => import('./plan.tsx'), 'Plan'),
});

const subscriptions = createRoute({
  getParentRoute,
  path: '/admin/subscriptions',
  validateSearch: keepTexts('status', 'provider', 'plan', 'user'),
  component: lazyRouteComponent(() => import('./subscriptions.tsx'), 'Subscriptions'),
});

const payments = createRoute({
  getParentRoute,
  path: '/admin/payments',
  validateSearch: keepTexts('status', 'currency', 'user', 'from', 'to'),
  component: lazyRouteComponent(() => import('./payments.tsx'), 'Payments'),
});

const auditLog = createRoute({
  getParentRoute,
  path: '/admin/audit',
  validateSearch: keepTexts('action', 'user', 'admin', 'type', 'target', 'from', 'to'),
  component: lazyRouteComponent(() => import('./audit-log.tsx'), 'AuditLog'),
});

const mails = createRoute({
  getParentRoute,
  path: '/admin/mails',
  validateSearch: keepTexts('status', 'kind', 'recipient'),
  component: lazyRouteComponent(() => import('./mails.tsx'), 'Mails'),
});

const events = createRoute({
  getParentRoute,
  path: '/admin/events',
  validateSearch: keepTexts('status'),
  component: lazyRouteComponent(() => import('./events.tsx'), 'Events'),
});

const alerts = createRoute({
  getParentRoute,
  path: '/admin/alerts',
  validateSearch: keepTexts('show'),
  component: lazyRouteComponent(() => import('./alerts.tsx'), 'Alerts'),
});

const ask = createRoute({
  getParentRoute,
  path: '/admin/ask',
  validateSearch: keepTexts('by'),
  component: lazyRouteComponent(() => import('./ask.tsx'), 'Ask'),
});

/** The desk. */
export const adminRoutes = [
  deskFrame.addChildren([
    dashboard,
    users,
    user,
    plans,
    newPlan,
    plan,
    subscriptions,
    payments,
    auditLog,
    mails,
    events,
    alerts,
    ask,
  ]),
] as const;
