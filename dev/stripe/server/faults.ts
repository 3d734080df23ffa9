/** Something that is to go wrong with requests. */
export type FaultPlan = {
  /** 429, 500, 503 …; without it the request is answered as ever, late or never. */
  readonly status?: number;
  readonly retry_after?: number;
  /** How many requests it meets; 1 when nothing is said. */
  readonly count?: number;
  /** Paths that begin so. */
  readonly path?: string;
  readonly method?: string;
  /** The request is executed, and its answer lost. */
  readonly afterExecuting?: boolean;
  /** The connection is closed without an answer. */
  readonly drop?: boolean;
  readonly hangMs?: number;
};

/** What is to go wrong on an account. */
export class Faults {
  #plans: { plan: FaultPlan; left: number }[] = [];

  add(plan: FaultPlan): void {
    this.#plans.push({ plan, left: plan.count ?? 1 });
  }

  clear(): void {
    this.#plans = [];
  }

  /** The fault that meets a request, which is used up by that. */
  take(method: string, path: string): FaultPlan | undefined {
    const met = this.#plans.find(
      ({ plan }) =>
        path.startsWith(plan.path ?? '') &&
        (plan.method === undefined || plan.method.toUpperCase() === method),
    );
    if (!met) return undefined;
    met.left -= 1;
    this.#plans = this.#plans.filter(({ left }) => left > 0);
    return met.plan;
  }
}
