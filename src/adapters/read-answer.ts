/** An answer that is too large, or no JSON. Its words stay out of the message, which may be logged. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}

/**
 * The JSON of an answer, of which no more than `maxBytes` is read.
 *
 * @throws {UnreadableAnswer} and what `signal` is aborted with
 */
export async function readAnswer(
  response: Response,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    signal?.throwIfAborted();
    length += chunk.length;
    if (length > maxBytes) throw new UnreadableAnswer('too large');
    text += decoder.decode(chunk, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode());
  } catch {
    throw new UnreadableAnswer('not JSON');
  }
}
