import { useNavigate } from '@tanstack/react-router';
import { unwrap } from 'tollgate/client';
import { PageTitle } from '../parts/page-title.tsx';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { tell } from './act.ts';
import { PlanForm } from './plan-form.tsx';

/** Makes a plan. */
export function NewPlan() {
  const navigate = useNavigate();
  return (
    <>
      <PageTitle>{t.desk.plans.create}</PageTitle>
      <PlanForm
        save={async (json) => {
          const { name } = await unwrap(api.billing.plans.$post({ json }));
          tell(t.desk.plans.created(name));
          await navigate({ to: '/admin/plans' });
        }}
      />
    </>
  );
}
