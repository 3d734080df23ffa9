import type { AuthDeps } from '../auth/ports.ts';

/** What the use cases of this folder work with. */
export type AdminDeps = Pick<AuthDeps, 'db' | 'mayUseKeys'>;
