import { Button, Container, Stack, Text } from '@mantine/core';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { type ReactNode, useContext } from 'react';
import { TollgateError } from 'tollgate/client';
import { PageLink } from '../parts/links.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Failure } from '../parts/states.tsx';
import { t } from '../texts/index.ts';
import { InsideMain } from './inside-main.ts';

/** A page that could not be loaded. */
export function PageFailure({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    // A browser does not ask again for a script that did not come, as long as the document is the same.
    if (!(error instanceof TollgateError)) return location.reload();
    reset();
    void router.invalidate();
  };
  return (
    <Page title={t.common.somethingWrong}>
      <Failure error={error}>
        <Button size="xs" variant="default" onClick={retry}>
          {t.common.tryAgain}
        </Button>
      </Failure>
    </Page>
  );
}

/** An address that leads nowhere. */
export function NotFound() {
  return (
    <Page title={t.common.notFoundTitle}>
      <Text>{t.common.notFoundText}</Text>
      <PageLink to="/">{t.common.toStart}</PageLink>
    </Page>
  );
}

function Page({ title, children }: { title: string; children: ReactNode }) {
  const isInside = useContext(InsideMain);
  return (
    <Container size="sm" py="xl" component={isInside ? 'div' : 'main'}>
      <Stack align="flex-start">
        <PageTitle>{title}</PageTitle>
        {children}
      </Stack>
    </Container>
  );
}
