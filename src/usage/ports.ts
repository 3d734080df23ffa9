import type { AuthDeps } from '../auth/ports.ts';
import type { Features } from './features.ts';
import type { Metric } from './metrics.ts';

/** What the use cases of this folder work with. */
export type UsageDeps = Pick<AuthDeps, 'settings' | 'db' | 'mayUseKeys'> & {
  /** Everything that is counted. */
  readonly metrics: readonly Metric[];
  /** What a plan may open. */
  readonly features: Features;
};
