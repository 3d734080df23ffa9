/** What a client of OpenAI's chat completions sends, as far as it matters here. */
export type ChatRequest = {
  readonly messages: readonly { readonly role: string; readonly content: string | null }[];
  readonly tool_choice?: string;
};

/** What the model does next: says something, or asks for a tool. */
export type Turn =
  | { readonly content: string }
  | { readonly tool: string; readonly arguments: unknown }
  | { readonly tools: readonly { readonly tool: string; readonly arguments: unknown }[] };

/** What the views are called in a question. */
const VIEWS = ['subscriptions', 'payments', 'usage', 'plans', 'users'] as const;

/**
 * Plays a language model: which view a question is about it knows by a word in it, and whether rows, a number or a file
 * is wanted. It looks at the columns, runs one query, and says what it was told of that.
 */
export function nextTurn({ messages }: ChatRequest): Turn {
  const question = messages.find(({ role }) => role === 'user')?.content?.toLowerCase() ?? '';
  const told = messages.filter(({ role }) => role === 'tool').map(({ content }) => content ?? '');
  const view = VIEWS.find((name) => question.includes(name.replace(/s$/, ''))) ?? 'users';
  const mode = modeOf(question);
  if (told.length === 0) return { tool: 'describe_view', arguments: { view } };
  if (told.length === 1) {
    const sql = `SELECT * FROM ${view}${mode === 'preview' ? ' LIMIT 50' : ''}`;
    return { tool: 'run_sql', arguments: { sql, mode } };
  }
  return { content: answerTo(told.at(-1) ?? '', view, mode) };
}

function modeOf(question: string): 'preview' | 'count' | 'csv' {
  if (/\b(csv|export|download|file)\b/.test(question)) return 'csv';
  return /\b(how many|count|number of)\b/.test(question) ? 'count' : 'preview';
}

function answerTo(told: string, view: string, mode: string): string {
  const { row_count, error } = JSON.parse(told) as { row_count?: number; error?: string };
  if (error !== undefined) return `The query failed: ${error}`;
  if (mode === 'csv') return `The file has ${row_count} rows of ${view}.`;
  return mode === 'count'
    ? `There are ${row_count} rows in ${view}.`
    : `Here are ${row_count} rows of ${view}.`;
}
