import { WorkerEntrypoint } from 'cloudflare:workers';
import { createApp } from './app.ts';
import { type Bindings, buildDeps, buildJobDeps, settingsOf } from './deps.ts';
import { consumeBillingQueue } from './jobs/consume-billing-queue.ts';
import { consumeMailQueue } from './jobs/consume-queue.ts';
import { runCron } from './jobs/run-cron.ts';
import { servePage } from './pages.ts';
import { createRpcMethods } from './rpc/methods.ts';
import type { TollgateMethods } from './rpc.ts';

const app = createApp({
  deps: (c) => buildDeps(settingsOf(c.env), c.env, c.executionCtx),
});

/** As wrangler.toml names it; a deployment that is one of several may put something after it. */
const isBillingQueue = (name: string) => name.startsWith('tollgate-billing');

export default {
  fetch: (request: Request, env: Bindings, ctx: ExecutionContext) =>
    servePage(env.ASSETS, request) ?? app.fetch(request, env, ctx),
  queue(batch, env, ctx) {
    const deps = buildJobDeps(settingsOf(env), env, ctx);
    return isBillingQueue(batch.queue) ? consumeBillingQueue(batch, deps) : consumeMailQueue(batch, deps);
  },
  scheduled: (controller, env, ctx) => runCron(controller.cron, buildJobDeps(settingsOf(env), env, ctx)),
} satisfies ExportedHandler<Bindings>;

/** What Workers beside this one ask over a service binding with `entrypoint = "Tollgate"`; see docs/siblings.md. */
export class Tollgate extends WorkerEntrypoint<Bindings> implements TollgateMethods {
  readonly #methods = createRpcMethods({ deps: () => buildDeps(settingsOf(this.env), this.env, this.ctx) });

  authenticate(...args: Parameters<TollgateMethods['authenticate']>) {
    return this.#methods.authenticate(...args);
  }

  requirePlan(...args: Parameters<TollgateMethods['requirePlan']>) {
    return this.#methods.requirePlan(...args);
  }

  recordUsage(...args: Parameters<TollgateMethods['recordUsage']>) {
    return this.#methods.recordUsage(...args);
  }

  entitlements(...args: Parameters<TollgateMethods['entitlements']>) {
    return this.#methods.entitlements(...args);
  }
}
