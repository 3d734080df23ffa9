import { Alert, Stack, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { PageLink } from '../parts/links.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { oneOf } from '../parts/search-params.ts';
import { useFocusOn } from '../parts/use-focus-on.ts';
import { t } from '../texts/index.ts';
import { CodeForm } from './code-form.tsx';
import { PasswordForm } from './password-form.tsx';
import { SocialButtons } from './social-buttons.tsx';

const route = getRouteApi('/guest/sign-in');

/** What a sign-in elsewhere can end with that has a sentence of its own. */
const SAID = ['account_disabled'] as const;

/** Signs in, by whatever way. The frame goes on from here when it has worked. */
export function SignIn() {
  const { next, error } = route.useSearch();
  const search: { next?: string } = next === undefined ? {} : { next };
  const [way, setWay] = useState<{ by: 'password' | 'code'; email: string }>({ by: 'password', email: '' });
  const forms = useFocusOn(way.by);
  return (
    <Stack>
      <PageTitle>{t.signIn.title}</PageTitle>
      {error && (
        <Alert color="red" variant="light" role="alert">
          {t.failures[oneOf(SAID, error) ?? ''] ?? t.signIn.failedElsewhere}
        </Alert>
      )}
      {next && (
        <Text size="sm" c="dimmed">
          {t.signIn.goOn}
        </Text>
      )}
      <div ref={forms}>
        {way.by === 'password' ? (
          <PasswordForm email={way.email} toCode={(email) => setWay({ by: 'code', email })} />
        ) : (
          <CodeForm email={way.email} toPassword={(email) => setWay({ by: 'password', email })} />
        )}
      </div>
      <SocialButtons next={next} />
      <Text size="sm" ta="center">
        {t.signIn.noAccount}{' '}
        <PageLink to="/register" search={search} inherit>
          {t.signIn.register}
        </PageLink>
      </Text>
    </Stack>
  );
}
