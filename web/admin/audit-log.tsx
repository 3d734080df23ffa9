import { getRouteApi } from '@tanstack/react-router';
import { between, ChoiceFilter, DayFilter, Filters, TextFilter } from '../parts/filters.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { present } from '../parts/search-params.ts';
import { t } from '../texts/index.ts';
import { AuditTrail } from './audit-trail.tsx';

const route = getRouteApi('/signed-in/desk/admin/audit');

/** How the actions begin that belong together. */
const ACTIONS = [
  'user',
  'auth',
  'account',
  'session',
  'api_key',
  'subscription',
  'plan',
  'mail',
  'event',
  'alert',
];
const ASKED = ['sql', 'export', 'ai'];

const say = t.desk.audit;

/** The audit log: what administrators did, and what had to do with security. */
export function AuditLog() {
  const search = route.useSearch();
  const query = present({
    action: search.action,
    user_id: search.user,
    admin_id: search.admin,
    target_type: search.type,
    target_id: search.target,
    ...between(search.from, search.to),
  });
  return (
    <>
      <PageTitle>{say.title}</PageTitle>
      <Filters>
        <ChoiceFilter
          name="action"
          label={say.action}
          choices={[...ACTIONS, ...ASKED].map((start) => ({ value: `${start}.*`, label: `${start}.*` }))}
        />
        <TextFilter name="user" label={say.byOrTo} placeholder={t.desk.userId} />
        <TextFilter name="admin" label={say.byAdmin} placeholder={t.desk.userId} />
        <TextFilter name="type" label={say.targetType} placeholder="plan" />
        <TextFilter name="target" label={say.targetId} />
        <DayFilter name="from" label={t.desk.from} />
        <DayFilter name="to" label={t.desk.to} />
      </Filters>
      <AuditTrail query={query} />
    </>
  );
}
