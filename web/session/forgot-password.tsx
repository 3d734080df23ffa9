import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { unwrap } from 'tollgate/client';
import { PageLink } from '../parts/links.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { FormOf } from '../parts/server-form.tsx';
import { Done } from '../parts/states.tsx';
import { useFocusOn } from '../parts/use-focus-on.ts';
import { useServerForm } from '../parts/use-server-form.ts';
import { t } from '../texts/index.ts';
import { api } from './client.ts';

/** Asks for the link that leads to a new password. */
export function ForgotPassword() {
  const [sentTo, setSentTo] = useState<string>();
  const ask = useServerForm({
    initialValues: { email: '' },
    submit: async (values) => {
      await unwrap(api['forget-password'].$post({ json: values }));
      setSentTo(values.email);
    },
  });
  const steps = useFocusOn(sentTo);
  return (
    <Stack ref={steps}>
      <PageTitle>{t.reset.forgotTitle}</PageTitle>
      {sentTo !== undefined ? (
        <Done text={t.reset.forgotSent(sentTo)} />
      ) : (
        <FormOf of={ask}>
          <Text size="sm">{t.reset.forgotText}</Text>
          <TextInput
            label={t.signIn.email}
            type="email"
            autoComplete="username"
            required
            {...ask.form.getInputProps('email')}
          />
          <Button type="submit" loading={ask.pending}>
            {t.reset.forgotSubmit}
          </Button>
        </FormOf>
      )}
      <PageLink to="/sign-in" size="sm" ta="center">
        {t.reset.toSignIn}
      </PageLink>
    </Stack>
  );
}
