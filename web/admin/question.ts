import { asProblem, readEvents, TollgateError } from 'tollgate/client';
import { api } from '../session/client.ts';
import type { ExportLink, Mode } from './types.ts';

/** A query that was made for a question, with what it answered where there are rows. */
export type AskedQuery = {
  readonly sql: string;
  readonly mode: Mode;
  /** `null` where it failed. */
  readonly row_count: number | null;
  readonly error?: string;
  readonly columns?: readonly string[];
  readonly rows?: readonly (readonly unknown[])[];
};

export type Answer = {
  readonly response: string;
  readonly queries: readonly AskedQuery[];
  readonly export?: ExportLink;
};

type Listener = {
  readonly onStatus: (message: string) => void;
  readonly onQuery: (query: AskedQuery) => void;
};

/**
 * Asks a question in words, and tells what happens on the way to the answer.
 *
 * @throws {TollgateError} what the service says of it, also in the midst; and what `signal` was aborted with
 */
export async function askQuestion(prompt: string, signal: AbortSignal, listener: Listener): Promise<Answer> {
  const response = await api.admin.ai.chat.$post(
    { json: { prompt } },
    { headers: { Accept: 'text/event-stream' }, init: { signal } },
  );
  for await (const { event, data } of readEvents(response)) {
    const said = JSON.parse(data);
    if (event === 'status') listener.onStatus(said.message);
    if (event === 'query') listener.onQuery(said);
    if (event === 'answer') return said;
    if (event === 'problem') throw asProblem(said);
  }
  throw new TollgateError({
    code: 'network_error',
    status: 0,
    detail: 'The answer was cut off.',
  });
}
