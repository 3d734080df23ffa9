// The process wrangler's development server runs in: the engine of `wrangler dev`, started through its API. On the
// command line a variable with quotes or line breaks would have to survive an env file's quoting, and one that
// wrangler.toml's `[secrets]` does not list would be dropped.
import { join } from 'node:path';
import { unstable_startWorker } from 'wrangler';
import { PROJECT_ROOT } from '../project.ts';

/** What the runner sends first; then `'stop'`. */
export type WorkerHostMessage = {
  readonly port: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly persistTo: string;
};

type DevServer = Awaited<ReturnType<typeof unstable_startWorker>>;

let server: DevServer | undefined;

process.on('message', async (message: WorkerHostMessage | 'stop') => {
  try {
    if (message === 'stop') {
      await server?.dispose();
      process.exit(0);
    }
    server = await start(message);
    await server.ready;
  } catch (error) {
    // wrangler wraps what went wrong, most often a file that does not compile.
    console.error(error instanceof Error && error.cause instanceof Error ? error.cause.message : error);
    process.exit(1);
  }
});

// The pipe closes when the runner ends, however it ends. Then this group is on its own, workerd included.
process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'));

function start({ port, variables, persistTo }: WorkerHostMessage): Promise<DevServer> {
  const bindings = Object.entries(variables).map(
    ([name, value]) => [name, { type: 'secret_text', value }] as const,
  );
  return unstable_startWorker({
    config: join(PROJECT_ROOT, 'wrangler.toml'),
    bindings: Object.fromEntries(bindings),
    dev: {
      server: { hostname: 'localhost', port },
      inspector: false,
      persist: persistTo,
      watch: true,
      logLevel: 'log', // the level the Worker's own lines have
    },
  });
}
