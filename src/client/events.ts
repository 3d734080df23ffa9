/** One of the events that an answer tells on the way: its kind, and what it says as text (JSON, at this service). */
export type StreamedEvent = { readonly event: string; readonly data: string };

const LINE_END = /\r\n|\n|\r/;
/** The same while more may come: after a carriage return that may be its line feed. */
const SURE_LINE_END = /\r\n|\n|\r(?!$)/;

/**
 * The events of an answer in `text/event-stream`, each as soon as it is there. Whoever stops listening ends the answer.
 * In the place of the platform's EventSource, which can neither send a body nor a bearer.
 *
 * @throws what the stream was broken off with
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readEvents(response: Response): AsyncGenerator<StreamedEvent, void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  let rest = '';
  let event = '';
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += decoder.decode(value, { stream: !done });
      const lines = rest.split(done ? LINE_END : SURE_LINE_END);
      // What ends without an empty line was cut off, and is no event.
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) yield { event: event || 'message', data: data.join('\n') };
          event = '';
          data = [];
          continue;
        }
        const [, field, text = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
        if (field === 'event') event = text;
        if (field === 'data') data.push(text);
      }
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {
      // It is over either way.
    });
  }
}
