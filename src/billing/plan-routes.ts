import { createRoute } from '@hono/zod-openapi';
import { ACTING_PROBLEMS, acting, idOr } from '../http/admin-routes.ts';
import { administratorOf } from '../http/administrator.ts';
import { BODY_PROBLEMS, json, jsonBody, problems } from '../http/openapi.ts';
import { type AppContext, createRouter } from '../http/router.ts';
import type { PlanId } from '../ids.ts';
import { toPlanResponse } from './answers.ts';
import { Plan } from './contract.ts';
import { createPlan } from './create-plan.ts';
import { deletePlan } from './delete-plan.ts';
import { PLANS_FRESH_SECONDS } from './plan-cache.ts';
import * as contract from './plan-contract.ts';
import type { PlanChange } from './plan-terms.ts';
import { findPlan, listPlans } from './read-plans.ts';
import { updatePlan } from './update-plan.ts';

const tags = ['Plans'];
const changing = { ...acting, tags };

const listRoute = createRoute({
  method: 'get',
  path: '/billing/plans',
  tags,
  summary: 'What can be bought',
  responses: {
    200: json(contract.PlanList, 'The plans on sale, the cheapest first.'),
    ...problems(),
  },
});

const readRoute = createRoute({
  method: 'get',
  path: '/billing/plans/{id}',
  tags,
  summary: 'One of the plans on sale',
  request: { params: contract.PlanPath },
  responses: {
    200: json(Plan, 'The plan.'),
    ...problems('plan_not_found'),
  },
});

const createPlanRoute = createRoute({
  ...changing,
  method: 'post',
  path: '/billing/plans',
  summary: 'Make a plan; administrators only',
  description: 'Its product and price are made at the payment provider, unless it costs nothing.',
  request: { body: jsonBody(contract.PlanRequest) },
  responses: {
    201: json(Plan, 'The plan, on sale from now on.'),
    ...problems(
      ...ACTING_PROBLEMS,
      'plan_code_taken',
      ...BODY_PROBLEMS,
      'billing_not_configured',
      'billing_unavailable',
      'billing_refused',
    ),
  },
});

const changeRoute = createRoute({
  ...changing,
  method: 'patch',
  path: '/billing/plans/{id}',
  summary: 'Change some of a plan; administrators only',
  description:
    'Another amount, currency or period is a new price at the payment provider. Who has the plan goes on paying the ' +
    'old one; name, tier and limits are theirs at once.',
  request: { params: contract.PlanPath, body: jsonBody(contract.PlanPatch) },
  responses: {
    200: json(Plan, 'The plan as it is now.'),
    ...problems(
      ...ACTING_PROBLEMS,
      'plan_not_found',
      'plan_already_deleted',
      'plan_changed',
      ...BODY_PROBLEMS,
      'billing_not_configured',
      'billing_unavailable',
      'billing_refused',
    ),
  },
});

const deleteRoute = createRoute({
  ...changing,
  method: 'delete',
  path: '/billing/plans/{id}',
  summary: 'Take a plan off sale; administrators only',
  request: { params: contract.PlanPath },
  responses: {
    204: { description: 'Sold no more. Who has it keeps it.' },
    ...problems(...ACTING_PROBLEMS, 'plan_not_found', 'plan_already_deleted', 'plan_protected'),
  },
});

/** What is sold: for everybody to see, for administrators to change. */
export function createPlanRoutes() {
  return createRouter()
    .openapi(listRoute, async (c) => {
      const plans = await listPlans(c.var.deps);
      allowCopies(c);
      return c.json(plans.map(toPlanResponse), 200);
    })
    .openapi(readRoute, async (c) => {
      const plan = await findPlan(c.var.deps, planIdOf(c.req.valid('param')));
      allowCopies(c);
      return c.json(toPlanResponse(plan), 200);
    })
    .openapi(createPlanRoute, async (c) => {
      const { limits, ...body } = c.req.valid('json');
      const plan = await createPlan(c.var.deps, administratorOf(c), {
        name: body.name,
        code: body.code,
        priceCents: body.price_cents,
        currency: body.currency,
        billingPeriod: body.billing_period,
        tier: body.tier,
        trialDays: body.trial_days,
        limits: {
          maxItems: limits.max_items,
          maxSecondary: limits.max_secondary,
          apiAccess: limits.api_access,
        },
      });
      return c.json(toPlanResponse(plan), 201);
    })
    .openapi(changeRoute, async (c) => {
      const planId = planIdOf(c.req.valid('param'));
      const { is_active: _, ...patch } = c.req.valid('json');
      const change = toPlanChange(patch);
      const plan = await updatePlan(c.var.deps, administratorOf(c), planId, change);
      return c.json(toPlanResponse(plan), 200);
    })
    .openapi(deleteRoute, async (c) => {
      await deletePlan(c.var.deps, administratorOf(c), planIdOf(c.req.valid('param')));
      return c.body(null, 204);
    });
}

const allowCopies = (c: AppContext) => c.header('Cache-Control', `public, max-age=${PLANS_FRESH_SECONDS}`);

const planIdOf = ({ id }: { id: string }) => idOr<PlanId>('plan_not_found', id);

const toPlanChange = ({ limits, ...patch }: contract.PlanPatch): PlanChange => ({
  name: patch.name,
  code: patch.code,
  priceCents: patch.price_cents,
  currency: patch.currency,
  billingPeriod: patch.billing_period,
  tier: patch.tier,
  trialDays: patch.trial_days,
  limits: limits && {
    maxItems: limits.max_items,
    maxSecondary: limits.max_secondary,
    apiAccess: limits.api_access,
  },
});
