import { createRoute } from '@hono/zod-openapi';
import { accepts } from 'hono/accepts';
import { ACTING_PROBLEMS, acting } from '../http/admin-routes.ts';
import { administratorOf } from '../http/administrator.ts';
import { requireBearer } from '../http/bearer.ts';
import { describe } from '../http/log.ts';
import { BODY_PROBLEMS, jsonBody, problems } from '../http/openapi.ts';
import { problemOf } from '../http/problem.ts';
import { limitQuestions } from '../http/rate-limit.ts';
import { type AppContext, createRouter } from '../http/router.ts';
import { type Progress, takeQuestion } from './ask.ts';
import { toChatResponse, toProgressResponse } from './ask-answers.ts';
import * as contract from './sql-contract.ts';

const EVENT_STREAM = 'text/event-stream';

const chatRoute = createRoute({
  ...acting,
  method: 'post',
  path: '/admin/ai/chat',
  summary: 'Ask a question about the data in words',
  description:
    'A language model makes queries on the reporting views of it. With `Accept: text/event-stream` the way to the answer is ' +
    'told as server-sent events: `status` (`step`, `message`), `query` (also with `columns` and `rows`, 50 at most), ' +
    'then `answer` (as the JSON) or `problem`.',
  middleware: [requireBearer, limitQuestions] as const,
  request: { body: jsonBody(contract.ChatRequest) },
  responses: {
    200: {
      description: 'The answer, with the queries that were run for it.',
      content: {
        'application/json': { schema: contract.ChatAnswer },
        [EVENT_STREAM]: { schema: { type: 'string' as const } },
      },
    },
    ...problems(...ACTING_PROBLEMS, ...BODY_PROBLEMS, 'ai_not_configured', 'ai_timeout', 'ai_unavailable'),
  },
});

/** Questions to a language model. */
export function createChatRoutes() {
  return createRouter().openapi(chatRoute, async (c) => {
    const { prompt } = c.req.valid('json');
    const closed = new AbortController();
    const gone = AbortSignal.any([c.req.raw.signal, closed.signal]);
    const progress = await takeQuestion(c.var.deps, administratorOf(c), prompt, gone);
    if (wantsEvents(c)) {
      return c.body(eventsOf(c, progress, gone, closed), 200, { 'Content-Type': EVENT_STREAM });
    }
    for await (const step of progress) {
      if (step.kind === 'answer') return c.json(toChatResponse(step.answer), 200);
    }
    throw new Error('a question ended without an answer');
  });
}

/** Events are for who names them: `text/*` is no wish for a stream. */
const wantsEvents = (c: AppContext): boolean =>
  accepts(c, {
    header: 'Accept',
    supports: ['application/json', EVENT_STREAM],
    default: 'application/json',
    match: (wishes, { supports, default: otherwise }) =>
      wishes
        .filter(({ q }) => q > 0)
        .sort((one, other) => other.q - one.q)
        .map(({ type }) => type.toLowerCase())
        .find((type) => supports.includes(type)) ?? otherwise,
  }) === EVENT_STREAM;

/** The events, each when it happens. Who goes away ends the question. */
function eventsOf(
  c: AppContext,
  progress: AsyncGenerator<Progress, void>,
  gone: AbortSignal,
  closed: AbortController,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const send = (event: string, data: unknown) =>
        controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
      try {
        const { done, value } = await progress.next();
        if (done) controller.close();
        else send(value.kind, dataOf(value));
      } catch (error) {
        if (gone.aborted) return;
        const { failure, problem } = problemOf(error, c.var.requestId);
        // The log line of the request was written when the answer began.
        const { requestId: request_id } = c.var;
        const line = { request_id, code: failure.code, status: problem.status, error: describe(error) };
        console.error(JSON.stringify(line));
        send('problem', problem);
        controller.close();
      }
    },
    async cancel() {
      closed.abort();
      await progress.return();
    },
  });
}

function dataOf(progress: Progress): unknown {
  switch (progress.kind) {
    case 'status':
      return { step: progress.step, message: progress.message };
    case 'query':
      return toProgressResponse(progress.query);
    case 'answer':
      return toChatResponse(progress.answer);
  }
}
