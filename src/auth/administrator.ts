import { type SQL, sql } from 'drizzle-orm';
import type { Actor, Origin } from '../audit/audit.ts';
import type { AccessClaims } from './ports.ts';
import { sessionStands } from './session-store.ts';

/** An administrator at work: whom the guard let pass, and in which request. */
export type Administrator = { readonly claims: AccessClaims; readonly origin: Origin };

/** As the audit log names them. */
export const actorOf = ({ claims, origin }: Administrator): Actor => ({ ...origin, adminId: claims.userId });

/** Whether the administrator still is one; asked again by the statement that acts on what the guard let pass. */
export const stillAdministrator = ({ claims }: Pick<Administrator, 'claims'>): SQL => sql`(
  EXISTS (SELECT FROM users WHERE id = ${claims.userId}::uuid AND is_admin AND is_active AND is_verified) AND ${sessionStands(claims)})`;
