import { AppError } from '../errors.ts';
import type { Plan } from './store.ts';

/** How old a copy of the plans may get; what others may keep of it is no older (`Cache-Control`). */
export const PLANS_FRESH_SECONDS = 10;

/** How old a copy may be that is served while the database is away. */
const PLANS_STALE_SECONDS = 300;

/** The plans that are sold, as this isolate last read them. Every visitor wants them and they hardly ever change. */
export type PlanCache = {
  /** The copy while it is fresh; otherwise what `load` answers, or the copy after all when the database is away. */
  read(load: () => Promise<readonly Plan[]>): Promise<readonly Plan[]>;
  /** Drops the copy, after a change. Other isolates see the change when theirs has aged. */
  forget(): void;
};

/** @param now milliseconds, of a clock that need not be right */
export function createPlanCache(now: () => number = () => Date.now()): PlanCache {
  let copy: { plans: readonly Plan[]; readAt: number; askAt: number } | undefined;
  let changes = 0;
  return {
    async read(load) {
      const held = copy;
      if (held && now() < held.askAt) return held.plans;
      const seen = changes;
      try {
        const plans = await load();
        // A change since the question was put: the answer may be from before it.
        if (seen === changes) {
          copy = { plans, readAt: now(), askAt: now() + PLANS_FRESH_SECONDS * 1_000 };
        }
        return plans;
      } catch (error) {
        const away = error instanceof AppError && error.code === 'database_unavailable';
        if (!away || !held || seen !== changes || now() - held.readAt > PLANS_STALE_SECONDS * 1_000)
          throw error;
        // Not every visitor has to wait for a database that doesn't answer.
        copy = { ...held, askAt: now() + PLANS_FRESH_SECONDS * 1_000 };
        return held.plans;
      }
    },
    forget() {
      changes += 1;
      copy = undefined;
    },
  };
}
