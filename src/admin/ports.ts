import type { AuthDeps } from '../auth/ports.ts';
import type { OverviewDeps } from '../billing/ports.ts';

/** What the use cases of this folder work with. */
export type AdminDeps = Pick<
  AuthDeps,
  | 'db'
  | 'settings'
  | 'validationHash'
  | 'mailConfigured'
  | 'announceMail'
  | 'accountDeactivated'
  | 'mayUseKeys'
> &
  Pick<OverviewDeps, 'announceBilling' | 'readUsage'>;
