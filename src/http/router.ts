import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { AskDeps } from '../admin/ask-ports.ts';
import type { AccessClaims, AuthDeps } from '../auth/ports.ts';
import type { OverviewDeps, PlanDeps, WebhookDeps } from '../billing/ports.ts';
import { AppError } from '../errors.ts';
import type { UserId } from '../ids.ts';
import type { UsageDeps } from '../usage/ports.ts';
import type { HttpDeps } from './ports.ts';

/** Everything that routes hand on to use cases. */
export type Deps = AuthDeps & PlanDeps & OverviewDeps & WebhookDeps & UsageDeps & AskDeps & HttpDeps;

export type AppEnv = {
  Variables: {
    deps: Deps;
    requestId: string;
    /** Of a verified bearer token, on any route; whether the account may do this is for `authorize` to say. */
    claims: AccessClaims | undefined;
    /** Of what looks like an API key, on any route; whether there is such a key is for `authorizeCaller` to say. */
    keyHash: string | undefined;
    /** The account that a request turned out to be about, for the log. */
    userId: UserId | undefined;
  };
};

export type AppContext = Context<AppEnv>;

/** Where a router finds its dependencies; called once a request. */
export type DepsResolver = (c: Context) => Deps;

/** A router whose refused input comes out as `validation_failed`, or as 404 when it stood in the path. */
export function createRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      if (result.target === 'param') throw new AppError('not_found');
      const errors: Record<string, string> = {};
      for (const issue of result.error.issues) {
        const path = issue.path.map(String);
        if (issue.code === 'unrecognized_keys') {
          for (const key of issue.keys) errors[[...path, key].join('.')] ??= 'Is no field of this request.';
        } else errors[path.join('.') || 'body'] ??= issue.message;
      }
      throw new AppError('validation_failed', { errors });
    },
  });
}
