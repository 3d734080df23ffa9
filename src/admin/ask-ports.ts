import type { AuthDeps } from '../auth/ports.ts';
import type { Db } from '../db/client.ts';

/** A tool as a language model is told of it: `parameters` is a JSON Schema. */
export type ToolDescription = {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
};

/** What a model wants done: the arguments are the text it wrote, not yet checked for anything. */
export type ToolCall = { readonly id: string; readonly name: string; readonly arguments: string };

/** One part of a conversation, from any of its sides. */
export type ModelMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string | null; readonly toolCalls: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: string };

/** A model said nothing that could be used: it could not be reached, refused, or answered in another form. */
export class ModelFailed extends Error {
  override readonly name = 'ModelFailed';
}

/** A language model that can ask for tools. */
export interface LanguageModel {
  /**
   * The next message of the conversation.
   *
   * @param mayUseTools false where it has to answer now
   * @throws {ModelFailed}
   */
  next(
    messages: readonly ModelMessage[],
    tools: readonly ToolDescription[],
    mayUseTools: boolean,
    signal: AbortSignal,
  ): Promise<{ readonly content: string | null; readonly toolCalls: readonly ToolCall[] }>;
}

/** What asking the data works with. */
export type AskDeps = AuthDeps & {
  /** Where the queries of people and models run: AI_DATABASE_URL, else the service's own. */
  readonly reportingDb: Db;
  /** The service's own database for work that may take longer than a request's patience. */
  readonly patientDb: Db;
  /** Left out where none is configured. */
  readonly languageModel?: LanguageModel;
};
