import { Stack, Text } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { PageTitle } from '../parts/page-title.tsx';
import { t } from '../texts/index.ts';

type Props = {
  readonly title: string;
  readonly children: (token: string) => ReactNode;
};

/** A page that a mailed link leads to: what it does with the link's token, or that there is none. */
export function MailedLink({ title, children }: Props) {
  const { token } = useSearch({ from: '/open' });
  return (
    <Stack>
      <PageTitle>{token ? title : t.links.incompleteTitle}</PageTitle>
      {token ? children(token) : <Text>{t.links.incompleteText}</Text>}
    </Stack>
  );
}
