import { Badge, Group, type MantineColor } from '@mantine/core';
import { t } from '../texts/index.ts';

const COLORS: Readonly<Record<string, MantineColor>> = {
  active: 'green',
  succeeded: 'green',
  sent: 'green',
  done: 'green',
  trialing: 'blue',
  pending: 'blue',
  received: 'blue',
  processing: 'blue',
  past_due: 'yellow',
  unpaid: 'yellow',
  incomplete: 'yellow',
  failed: 'yellow',
  refunded: 'yellow',
  dead: 'red',
  orphan: 'yellow',
};

/** How something stands, as a word; the colour only repeats it. */
export function Status({ of }: { of: string }) {
  return (
    <Badge variant="light" miw="max-content" color={COLORS[of] ?? 'gray'}>
      {t.desk.status[of] ?? of}
    </Badge>
  );
}

type Flags = { readonly is_active: boolean; readonly is_verified: boolean; readonly is_admin: boolean };

/** What is to be known of an account at a glance. */
export function UserBadges({ user }: { user: Flags & { readonly locked_until?: string | null } }) {
  const isLocked = user.locked_until != null && Date.parse(user.locked_until) > Date.now();
  return (
    <Group gap={4} wrap="nowrap">
      <Badge variant="light" miw="max-content" color={user.is_active ? 'green' : 'red'}>
        {user.is_active ? t.desk.user.active : t.desk.user.disabled}
      </Badge>
      {!user.is_verified && (
        <Badge variant="light" miw="max-content" color="yellow">
          {t.desk.user.unverified}
        </Badge>
      )}
      {user.is_admin && (
        <Badge variant="light" miw="max-content">
          {t.desk.user.admin}
        </Badge>
      )}
      {isLocked && (
        <Badge variant="light" miw="max-content" color="red">
          {t.desk.user.locked}
        </Badge>
      )}
    </Group>
  );
}
