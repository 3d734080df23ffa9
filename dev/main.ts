// `npm run dev`: everything the service needs on this machine, and the service itself.
import { parseArgs } from 'node:util';
import { CommandError } from './project.ts';
import { runUntilSignal } from './runner/lifecycle.ts';

const USAGE = 'Usage: npm run dev [-- --fresh]\n  --fresh  drop the data of earlier runs first';

function readArguments(): { fresh: boolean } {
  try {
    const { values } = parseArgs({ options: { fresh: { type: 'boolean', default: false } } });
    return values;
  } catch {
    throw new CommandError(USAGE);
  }
}

await runUntilSignal(async (closers) => {
  const { startDevelopment } = await import('./runner/development.ts'); // a second's work: signals are heard by now
  return startDevelopment(process.env, readArguments(), closers);
});
