import { useEffect, useRef, useState } from 'react';
import { type Answer, type AskedQuery, askQuestion } from './question.ts';

/** A question as far as it has come. */
export type Question = {
  readonly prompt: string;
  readonly pending: boolean;
  /** What is being done, as the service says it. */
  readonly status?: string;
  readonly queries: readonly AskedQuery[];
  readonly answer?: Answer;
  readonly failure?: unknown;
  readonly cancelled?: boolean;
};

/** One question at a time: the next one can be asked when the last is answered or was given up. */
export function useQuestion() {
  const [question, setQuestion] = useState<Question>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  async function ask(prompt: string): Promise<void> {
    if (running.current) return;
    const control = new AbortController();
    running.current = control;
    const change = (news: (before: Question) => Partial<Question>) =>
      setQuestion((before) => before && { ...before, ...news(before) });
    setQuestion({ prompt, pending: true, queries: [] });
    try {
      const answer = await askQuestion(prompt, control.signal, {
        onStatus: (status) => change(() => ({ status })),
        onQuery: (query) => change(({ queries }) => ({ queries: [...queries, query] })),
      });
      change(() => ({ answer }));
    } catch (failure) {
      change(() => (control.signal.aborted ? { cancelled: true } : { failure }));
    } finally {
      running.current = undefined;
      change(() => ({ pending: false }));
    }
  }

  return { question, ask, cancel: () => running.current?.abort() };
}
