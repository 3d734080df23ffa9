import type { ChatRequest, Turn } from './conversation.ts';

/** A turn that a question may prescribe: also such as no model should take. */
export type ScriptedTurn =
  | Turn
  /** Says back all that it was sent, as JSON. */
  | { readonly echo: true }
  /** Sends the client to another address, which would answer. */
  | { readonly redirect: true }
  /** Answers with this status, or this text in the place of a completion, with blanks behind it, or late. */
  | { readonly status: number }
  | { readonly text: string; readonly blanks?: number }
  | { readonly delay_ms: number; readonly content: string };

const PREFIX = 'script:';

/** A question that makes the model take these turns, the last one again and again. For tests. */
export const scriptOf = (turns: readonly ScriptedTurn[]): string => PREFIX + JSON.stringify(turns);

/** The turn that the question prescribes here; `undefined` where it prescribes none. */
export function scriptedTurn({ messages }: ChatRequest): ScriptedTurn | undefined {
  const question = messages.find(({ role }) => role === 'user')?.content ?? '';
  if (!question.startsWith(PREFIX)) return undefined;
  const turns = JSON.parse(question.slice(PREFIX.length)) as ScriptedTurn[];
  return turns[messages.filter(({ role }) => role === 'assistant').length] ?? turns.at(-1);
}
