import { Container, Stack, Text, Title } from '@mantine/core';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { PageLink } from '../parts/links.tsx';
import { ErrorState } from '../parts/states.tsx';
import { t } from '../texts/index.ts';

/** A page that could not be loaded. */
export function PageFailure({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Container size="sm" py="xl">
      <ErrorState error={error} retry={retry} />
    </Container>
  );
}

/** An address that leads nowhere. */
export function NotFound() {
  return (
    <Container size="sm" py="xl" component="main">
      <Stack align="flex-start">
        <Title order={1} size="h2">
          {t.common.notFoundTitle}
        </Title>
        <Text>{t.common.notFoundText}</Text>
        <PageLink to="/">{t.common.toStart}</PageLink>
      </Stack>
    </Container>
  );
}
