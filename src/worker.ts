import { createApp } from './app.ts';
import { type Bindings, buildDeps, buildJobDeps, settingsOf } from './deps.ts';
import { consumeMailQueue } from './jobs/consume-queue.ts';
import { runCron } from './jobs/run-cron.ts';

const app = createApp({
  deps: (c) => buildDeps(settingsOf(c.env), c.env, c.executionCtx),
});

export default {
  fetch: app.fetch,
  queue: (batch, env) => consumeMailQueue(batch, buildJobDeps(settingsOf(env), env)),
  scheduled: (controller, env) => runCron(controller.cron, buildJobDeps(settingsOf(env), env)),
} satisfies ExportedHandler<Bindings>;
