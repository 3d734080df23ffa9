import { newSession, type SignedIn } from './accounts.ts';
import type { Service } from './service.ts';

/** A signed-in administrator. */
export async function newAdmin(service: Service): Promise<SignedIn> {
  const session = await newSession(service);
  await service.sql('UPDATE users SET is_admin = true WHERE id = $1', [session.id]);
  return session;
}
