import { unwrap } from 'tollgate/client';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import type { DeskAct } from './act.ts';
import type { UserDetails } from './types.ts';

/** An act whose answer is only told of. */
type Act = DeskAct<unknown>;

const act = <R>(one: DeskAct<R>): Act => one as Act;

/** What can be done about an account as it stands, the most usual first. */
export function userActs({ user, sessions_count }: UserDetails): readonly Act[] {
  const { email } = user;
  const param = { id: user.id };
  const of = api.admin.users[':id'];
  const say = t.desk.userActs;
  const setActive = (is_active: boolean) => () => unwrap(of.status.$patch({ param, json: { is_active } }));
  const setAdmin = (is_admin: boolean) => () => unwrap(of.role.$patch({ param, json: { is_admin } }));
  const acts = [
    !user.is_verified && act({ ...say.verify(email), act: () => unwrap(of.verify.$patch({ param })) }),
    user.is_active &&
      act({ ...say.sendReset(email), act: () => unwrap(of['password-reset'].$post({ param })) }),
    user.locked_until !== null &&
      act({ ...say.unlock(email), act: () => unwrap(of.unlock.$post({ param })) }),
    sessions_count > 0 &&
      act({
        ...say.endSessions(email, sessions_count),
        act: () => unwrap(of.sessions.revoke.$post({ param })),
      }),
    user.is_admin
      ? act({ ...say.demote(email), dangerous: true, act: setAdmin(false) })
      : user.is_active && user.is_verified && act({ ...say.promote(email), act: setAdmin(true) }),
    user.is_active
      ? act({ ...say.disable(email), dangerous: true, act: setActive(false) })
      : act({ ...say.enable(email), act: setActive(true) }),
  ];
  return acts.filter((one) => one !== false);
}
