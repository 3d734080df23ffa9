import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../project.ts';

/** A port this run needs: what for, and which variable moves it. */
export type WantedPort = { readonly port: number; readonly purpose: string; readonly variable: string };

const RETRY_MS = 100;

/**
 * Makes sure every port can be had before anything is started.
 *
 * @param patienceMs how long to wait for ports in use: a run that was killed a moment ago may still be going.
 * @throws CommandError that names each taken port and the variable that moves it.
 */
export async function claimPorts(wanted: readonly WantedPort[], patienceMs: number): Promise<void> {
  const twice = wanted.filter(
    ({ port }, index) => wanted.findIndex((other) => other.port === port) !== index,
  );
  if (twice.length > 0) throw new CommandError(complain(twice, 'is wanted twice'));
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const free = await Promise.all(wanted.map(({ port }) => isFree(port)));
    const taken = wanted.filter((_, index) => !free[index]);
    if (taken.length === 0) return;
    if (Date.now() >= deadline) throw new CommandError(complain(taken, 'is taken by another program'));
    await sleep(RETRY_MS);
  }
}

function complain(ports: readonly WantedPort[], what: string): string {
  return ports
    .map(({ port, purpose, variable }) => `Port ${port} (${purpose}) ${what}; ${variable}=<port> moves it.`)
    .join('\n');
}

async function isFree(port: number): Promise<boolean> {
  // `localhost` is both of them; a machine without IPv6 has nobody on its port either.
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'));
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT');
    });
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
