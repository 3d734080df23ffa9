import { Group, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { config } from '../config.ts';

type Props = {
  readonly children: string;
  /** What the page is there to do, beside its title. */
  readonly action?: ReactNode;
};

/** The title of a page, in the window as well. */
export function PageTitle({ children, action }: Props) {
  useDocumentTitle(`${children} · ${config.name}`);
  return (
    <Group justify="space-between" mb="xs">
      <Title order={1} size="h2">
        {children}
      </Title>
      {action}
    </Group>
  );
}
