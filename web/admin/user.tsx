import { Group, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { unwrap } from 'tollgate/client';
import { PageLink } from '../parts/links.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { oneOf } from '../parts/search-params.ts';
import { ErrorState, Loading } from '../parts/states.tsx';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { AuditTrail } from './audit-trail.tsx';
import { UserBadges } from './badges.tsx';
import { PaymentList } from './payment-list.tsx';
import { SubscriptionList } from './subscription-list.tsx';
import { UserActs } from './user-acts.tsx';
import { UserKeys, UserSessions } from './user-credentials.tsx';
import { UserOverview } from './user-overview.tsx';

const route = getRouteApi('/signed-in/desk/admin/users/$userId');

const TABS = ['overview', 'subscriptions', 'payments', 'sessions', 'keys', 'audit'] as const;

/** All about one account, and what can be done about it. */
export function User() {
  const { userId } = route.useParams();
  const tab = oneOf(TABS, route.useSearch().tab) ?? 'overview';
  const navigate = route.useNavigate();
  const details = useQuery({
    queryKey: ['desk', 'user', userId],
    queryFn: () => unwrap(api.admin.users[':id'].$get({ param: { id: userId } })),
  });
  const back = (
    <PageLink to="/admin/users" size="sm">
      {t.desk.user.toList}
    </PageLink>
  );
  if (details.isPending) return <Loading />;
  if (details.isError) {
    return (
      <>
        <PageTitle>{t.desk.user.title}</PageTitle>
        <ErrorState error={details.error} retry={() => void details.refetch()} />
        {back}
      </>
    );
  }
  const { user, ...counts } = details.data;
  const param = { id: userId };
  const tabs = {
    overview: t.desk.user.overview,
    subscriptions: t.desk.user.counted(t.desk.subscriptions.title, counts.subscriptions_count),
    payments: t.desk.user.counted(t.desk.payments.title, counts.transactions_count),
    sessions: t.desk.user.counted(t.desk.user.sessions, counts.sessions_count),
    keys: t.desk.user.counted(t.desk.user.keys, counts.api_keys_count),
    audit: t.desk.user.trail,
  };
  return (
    <>
      {back}
      <PageTitle action={<UserActs details={details.data} />}>{user.username}</PageTitle>
      <Group mb="lg" mt="-md">
        <Text>{user.email}</Text>
        <UserBadges user={user} />
      </Group>
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(to) =>
          void navigate({
            search: { tab: to && to !== 'overview' ? to : undefined },
            resetScroll: false,
          })
        }
      >
        <Tabs.List mb="md">
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="overview">
          <UserOverview details={details.data} />
        </Tabs.Panel>
        <Tabs.Panel value="subscriptions">
          <SubscriptionList
            queryKey={['user', userId]}
            fetch={(query) => unwrap(api.admin.users[':id'].subscriptions.$get({ param, query }))}
          />
        </Tabs.Panel>
        <Tabs.Panel value="payments">
          <PaymentList
            queryKey={['user', userId]}
            fetch={(query) => unwrap(api.admin.users[':id'].transactions.$get({ param, query }))}
          />
        </Tabs.Panel>
        <Tabs.Panel value="sessions">
          <UserSessions userId={userId} />
        </Tabs.Panel>
        <Tabs.Panel value="keys">
          <UserKeys userId={userId} />
        </Tabs.Panel>
        <Tabs.Panel value="audit">
          <AuditTrail query={{ user_id: userId }} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
