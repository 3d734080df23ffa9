import { getRouteApi } from '@tanstack/react-router';
import { unwrap } from 'tollgate/client';
import { between, ChoiceFilter, DayFilter, Filters, TextFilter } from '../parts/filters.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { type Column, PagedList } from '../parts/paged-list.tsx';
import { oneOf, present } from '../parts/search-params.ts';
import { When } from '../parts/when.tsx';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { UserBadges } from './badges.tsx';
import { usePlanChoices } from './plan-choices.ts';
import type { AdminUser } from './types.ts';
import { UserLink } from './user-link.tsx';

const route = getRouteApi('/signed-in/desk/admin/users');

const YES_NO = ['true', 'false'] as const;
const PROVIDERS = ['local', 'google', 'github'] as const;
const SORTS = ['-created_at', 'created_at', 'email', '-email'] as const;

const yesNo = YES_NO.map((value) => ({ value, label: t.desk.users.yesNo[value] }));

const COLUMNS: readonly Column<AdminUser>[] = [
  { title: t.desk.users.email, render: ({ id, email }) => <UserLink id={id} email={email} /> },
  { title: t.desk.users.username, render: ({ username }) => username },
  { title: t.desk.users.state, render: (user) => <UserBadges user={user} /> },
  { title: t.desk.users.provider, render: ({ provider }) => t.desk.users.providers[provider] },
  { title: t.desk.users.lastLogin, render: (user) => <When at={user.last_login_at} /> },
  { title: t.desk.users.created, render: ({ created_at }) => <When at={created_at} /> },
];

/** All accounts: searched, filtered, sorted. */
export function Users() {
  const search = route.useSearch();
  const query = present({
    q: search.q,
    is_active: oneOf(YES_NO, search.active),
    is_verified: oneOf(YES_NO, search.verified),
    is_admin: oneOf(YES_NO, search.admin),
    provider: oneOf(PROVIDERS, search.provider),
    plan_code: search.plan,
    ...between(search.from, search.to),
    sort: oneOf(SORTS, search.sort),
  });
  return (
    <>
      <PageTitle>{t.desk.users.title}</PageTitle>
      <Filters>
        <TextFilter name="q" label={t.desk.users.search} placeholder={t.desk.users.searchHint} />
        <ChoiceFilter name="active" label={t.desk.user.active} choices={yesNo} />
        <ChoiceFilter name="verified" label={t.desk.users.verified} choices={yesNo} />
        <ChoiceFilter name="admin" label={t.desk.user.admin} choices={yesNo} />
        <ChoiceFilter
          name="provider"
          label={t.desk.users.provider}
          choices={PROVIDERS.map((value) => ({ value, label: t.desk.users.providers[value] }))}
        />
        <ChoiceFilter name="plan" label={t.desk.users.plan} choices={usePlanChoices()} />
        <DayFilter name="from" label={t.desk.users.from} />
        <DayFilter name="to" label={t.desk.users.to} />
        <ChoiceFilter
          name="sort"
          label={t.desk.users.sort}
          fallback="-created_at"
          choices={SORTS.map((value) => ({ value, label: t.desk.users.sorts[value] }))}
        />
      </Filters>
      <PagedList
        label={t.desk.users.title}
        queryKey={['desk', 'users', query]}
        fetch={(range) => unwrap(api.admin.users.$get({ query: { ...range, ...query } }))}
        columns={COLUMNS}
        rowKey={({ id }) => id}
        empty={t.desk.users.empty}
      />
    </>
  );
}
