import { describe, expect, it } from 'vitest';
import { asProblem, readEvents, type StreamedEvent } from '../../src/client.ts';

/** An answer that arrives in these pieces. */
function answerOf(...pieces: (string | Uint8Array)[]): Response {
  const encoder = new TextEncoder();
  const bytes = pieces.map((piece) => (typeof piece === 'string' ? encoder.encode(piece) : piece));
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = bytes.shift();
      if (next) controller.enqueue(next);
      else controller.close();
    },
  });
  return new Response(stream, { headers: { 'Content-Type': 'text/event-stream' } });
}

async function allOf(answer: Response): Promise<StreamedEvent[]> {
  const events: StreamedEvent[] = [];
  for await (const event of readEvents(answer)) events.push(event);
  return events;
}

const eventsOf = (...pieces: (string | Uint8Array)[]) => allOf(answerOf(...pieces));

describe('the events of an answer', () => {
  it('are told with their kind and what they say, whatever ends a line', async () => {
    const expected = [
      { event: 'status', data: '{"step":1}' },
      { event: 'answer', data: 'two\nlines' },
    ];
    const text =
      'event: status\ndata: {"step":1}\n\n: a comment\nevent:answer\ndata: two\ndata: lines\nid: 7\n\n';
    expect(await eventsOf(text)).toEqual(expected);
    expect(await eventsOf(text.replaceAll('\n', '\r\n'))).toEqual(expected);
    expect(await eventsOf(text.replaceAll('\n', '\r'))).toEqual(expected);
  });

  it('are whole, wherever the pieces of the answer were cut', async () => {
    const bytes = new TextEncoder().encode('event: answer\r\ndata: 19 €\r\n\r\ndata: last\r\n\r\n');
    for (let at = 1; at < bytes.length; at++) {
      expect(await eventsOf(bytes.slice(0, at), bytes.slice(at)), `cut at ${at}`).toEqual([
        { event: 'answer', data: '19 €' },
        { event: 'message', data: 'last' },
      ]);
    }
  });

  it('leave out what was cut off, and what says nothing', async () => {
    expect(await eventsOf('event: status\n\ndata: whole\n\nevent: answer\ndata: hal')).toEqual([
      { event: 'message', data: 'whole' },
    ]);
    expect(await allOf(new Response(null))).toEqual([]);
  });

  it('end the answer when nobody listens any more', async () => {
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('data: again\n\n')),
      cancel() {
        cancelled = true;
      },
    });
    for await (const { data } of readEvents(new Response(stream))) {
      expect(data).toBe('again');
      break;
    }
    expect(cancelled).toBe(true);
  });

  it('fail with what the answer was broken off with', async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new TypeError('reset')) });
    await expect(allOf(new Response(broken))).rejects.toThrow('reset');
  });
});

it('a problem that an event tells is the failure that it would be as an answer', () => {
  const problem = { code: 'ai_timeout', status: 504, detail: 'No answer in time.', request_id: 'abc' };
  expect(asProblem(problem)).toMatchObject({
    name: 'TollgateError',
    code: 'ai_timeout',
    status: 504,
    detail: 'No answer in time.',
    requestId: 'abc',
  });
});
