import { Text } from '@mantine/core';
import { PageLink } from '../parts/links.tsx';
import { t } from '../texts/index.ts';

type Props = {
  readonly id: string | null;
  /** `null` where the account is gone. */
  readonly email: string | null;
};

/** An account by its address, leading to all that is known of it. */
export function UserLink({ id, email }: Props) {
  if (id === null || email === null) {
    return (
      <Text span size="sm" c="dimmed">
        {t.desk.user.deleted}
      </Text>
    );
  }
  return (
    <PageLink to="/admin/users/$userId" params={{ userId: id }} size="sm">
      {email}
    </PageLink>
  );
}
