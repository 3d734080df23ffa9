import * as z from 'zod';
import { toUserResponse } from '../auth/answers.ts';
import type { Caller } from '../auth/ports.ts';
import { SCOPES } from '../auth/scopes.ts';
import { TIERS } from '../billing/access.ts';
import { authorizePlan } from '../billing/require-plan.ts';
import { requireStorable } from '../http/body.ts';
import type { Deps } from '../http/router.ts';
import type { UserId } from '../ids.ts';
import type { Authenticated, Demands, TollgateMethods } from '../rpc.ts';
import { toEntitlementsResponse } from '../usage/answers.ts';
import { UsageRequest } from '../usage/contract.ts';
import { readEntitlements } from '../usage/read-usage.ts';
import { recordUsage } from '../usage/record-usage.ts';
import { parsed } from './calling.ts';
import { type ServeOptions, serve } from './serve.ts';

/** Strict: a demand that is misspelt would be one that is not made. */
const DemandsInput = z
  .strictObject({
    scope: z.enum(SCOPES).default('profile:read'),
    unverified: z.boolean().default(false),
    admin: z.boolean().default(false),
  })
  .prefault({});
const TierInput = z.enum(TIERS);

/** The methods of the entrypoint: each serves one call, with dependencies of its own. */
export function createRpcMethods(options: ServeOptions): TollgateMethods {
  return {
    authenticate: (credentials, demands) =>
      serve(options, 'authenticate', credentials, (deps, caller) =>
        authenticated(deps, caller, 'free', demands),
      ),

    requirePlan: (credentials, tier, demands) =>
      serve(options, 'requirePlan', credentials, (deps, caller) =>
        authenticated(deps, caller, tier, demands),
      ),

    recordUsage: (credentials, usage) =>
      serve(options, 'recordUsage', credentials, async (deps, caller) => {
        const { metric, quantity, idempotency_key } = parsed(UsageRequest, usage);
        requireStorable({ metric, idempotency_key });
        const report = { metric, quantity, idempotencyKey: idempotency_key };
        const { user, recorded } = await recordUsage(deps, caller, report);
        return { userId: user.id, answer: recorded };
      }),

    entitlements: (credentials) =>
      serve(options, 'entitlements', credentials, async (deps, caller) => {
        const entitlements = await readEntitlements(deps, caller);
        return { userId: entitlements.user.id, answer: toEntitlementsResponse(entitlements) };
      }),
  };
}

async function authenticated(
  deps: Deps,
  caller: Caller,
  tier: unknown,
  demands: Demands | undefined,
): Promise<{ userId: UserId; answer: Authenticated }> {
  const found = await authorizePlan(
    deps,
    caller,
    parsed(TierInput, tier, 'tier'),
    parsed(DemandsInput, demands, 'demands'),
  );
  return {
    userId: found.user.id,
    answer: {
      user: toUserResponse(found.user),
      ...(found.scopes && { scopes: found.scopes }),
      tier: found.tier,
      plan: found.subscription?.plan?.code ?? null,
    },
  };
}
