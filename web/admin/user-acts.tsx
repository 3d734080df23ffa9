import { Button, Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { t } from '../texts/index.ts';
import { confirmDeskAct } from './act.ts';
import { openGrant } from './grant-form.tsx';
import type { UserDetails } from './types.ts';
import { userActs } from './user-act-list.ts';

/** What can be done about an account as it stands. Each is asked about first. */
export function UserActs({ details }: { details: UserDetails }) {
  const { user } = details;
  return (
    <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={16} aria-hidden />}>
          {t.desk.user.acts}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {userActs(details).map((act) => (
          <Menu.Item key={act.confirm} onClick={() => confirmDeskAct(act)}>
            {act.confirm}
          </Menu.Item>
        ))}
        {user.is_active && <Menu.Item onClick={() => openGrant(user)}>{t.desk.grants.title}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
