import * as z from 'zod';
import { type LanguageModel, ModelFailed, type ModelMessage } from '../admin/ask-ports.ts';
import { readAnswer } from './read-answer.ts';

/** An answer is a few paragraphs and a query or two. */
const ANSWER_MAX_BYTES = 256 * 1_024;

export type LanguageModelOptions = {
  /** Without a slash at the end; `/chat/completions` follows. */
  readonly baseUrl: string;
  /** A server of one's own may want none. */
  readonly apiKey: string | undefined;
  readonly model: string;
};

const Completion = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.string().nullish(),
          tool_calls: z
            .array(
              z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) }),
            )
            .nullish(),
        }),
      }),
    )
    .min(1),
});

/** OpenAI's chat completions with tools (https://platform.openai.com/docs/api-reference/chat), as Groq and many others speak them. */
export function createLanguageModel({ baseUrl, apiKey, model }: LanguageModelOptions): LanguageModel {
  return {
    async next(messages, tools, mayUseTools, signal) {
      const answer = await ask(`${baseUrl}/chat/completions`, apiKey, signal, {
        model,
        temperature: 0,
        messages: messages.map(toWire),
        tools: tools.map((tool) => ({ type: 'function', function: tool })),
        tool_choice: mayUseTools ? 'auto' : 'none',
      });
      const parsed = Completion.safeParse(answer);
      const message = parsed.data?.choices[0]?.message;
      if (!message) throw new ModelFailed('the answer is no chat completion', { cause: parsed.error });
      return {
        content: message.content ?? null,
        toolCalls: (message.tool_calls ?? []).map(({ id, function: called }) => ({ id, ...called })),
      };
    },
  };
}

function toWire(message: ModelMessage): Record<string, unknown> {
  if (message.role === 'tool') {
    return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
  }
  if (message.role !== 'assistant') return message;
  const { content, toolCalls } = message;
  return {
    role: 'assistant',
    content,
    ...(toolCalls.length > 0 && {
      tool_calls: toolCalls.map(({ id, ...called }) => ({ id, type: 'function', function: called })),
    }),
  };
}

async function ask(
  url: string,
  apiKey: string | undefined,
  signal: AbortSignal,
  body: unknown,
): Promise<unknown> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      // Wherever it is sent on to, the key and the question are not for there.
      redirect: 'manual',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json',
        'User-Agent': 'Tollgate',
        ...(apiKey && { Authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify(body),
      signal,
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new ModelFailed(`status ${response.status}`);
    }
    return await readAnswer(response, ANSWER_MAX_BYTES, signal);
  } catch (error) {
    if (error instanceof ModelFailed) throw error;
    throw new ModelFailed('the model could not be asked', { cause: error });
  }
}
