import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { unwrap } from 'tollgate/client';
import { PageTitle } from '../parts/page-title.tsx';
import { ErrorState, Loading } from '../parts/states.tsx';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { tell } from './act.ts';
import { PlanForm } from './plan-form.tsx';

const route = getRouteApi('/signed-in/desk/admin/plans/$planId');

/** Changes a plan. */
export function Plan() {
  const param = { id: route.useParams().planId };
  const navigate = useNavigate();
  const plan = useQuery({
    queryKey: ['desk', 'plans', param.id],
    queryFn: () => unwrap(api.billing.plans[':id'].$get({ param }, { init: { cache: 'no-cache' } })),
  });
  if (plan.isPending) return <Loading />;
  if (plan.isError) {
    return (
      <>
        <PageTitle>{t.desk.plans.title}</PageTitle>
        <ErrorState error={plan.error} retry={() => void plan.refetch()} />
      </>
    );
  }
  return (
    <>
      <PageTitle>{plan.data.name}</PageTitle>
      <PlanForm
        plan={plan.data}
        save={async ({ code: _, ...json }) => {
          const { name } = await unwrap(api.billing.plans[':id'].$patch({ param, json }));
          tell(t.desk.plans.saved(name));
          await navigate({ to: '/admin/plans' });
        }}
      />
    </>
  );
}
