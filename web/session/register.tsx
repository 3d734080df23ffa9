import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { PageButton, PageLink } from '../parts/links.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { FormOf } from '../parts/server-form.tsx';
import { Done } from '../parts/states.tsx';
import { useFocusOn } from '../parts/use-focus-on.ts';
import { useServerForm } from '../parts/use-server-form.ts';
import { t } from '../texts/index.ts';
import { api, tollgate } from './client.ts';
import { usePasswordMinLength } from './options.ts';
import { SocialButtons } from './social-buttons.tsx';

const route = getRouteApi('/guest/register');

/** Makes an account and signs in with it. */
export function Register() {
  const { next } = route.useSearch();
  const navigate = route.useNavigate();
  const minLength = usePasswordMinLength();
  const [mailedTo, setMailedTo] = useState<string>();
  const register = useServerForm({
    initialValues: { email: '', username: '', password: '' },
    submit: async (values) => {
      const answer = await api.register.$post({ json: values });
      await answer.json();
      // A service that hides which addresses have accounts says nothing but that it has mailed.
      if (answer.status === 202) return setMailedTo(values.email);
      // The frame goes there as soon as somebody is signed in.
      await navigate({ search: { next: next ?? '/welcome' }, replace: true });
      await tollgate.login({ email: values.email, password: values.password });
    },
  });
  const { form, pending } = register;
  const steps = useFocusOn(mailedTo);
  const search: { next?: string } = next === undefined ? {} : { next };
  if (mailedTo !== undefined) {
    return (
      <Stack ref={steps}>
        <PageTitle>{t.register.checkMail}</PageTitle>
        <Done text={t.register.checkMailText(mailedTo)}>
          <PageButton to="/sign-in" search={search}>
            {t.signIn.title}
          </PageButton>
        </Done>
      </Stack>
    );
  }
  return (
    <Stack ref={steps}>
      <PageTitle>{t.register.title}</PageTitle>
      <FormOf of={register}>
        <TextInput
          label={t.signIn.email}
          type="email"
          autoComplete="email"
          required
          {...form.getInputProps('email')}
        />
        <TextInput
          label={t.register.username}
          description={t.register.usernameHint}
          autoComplete="username"
          required
          {...form.getInputProps('username')}
        />
        <PasswordInput
          label={t.signIn.password}
          description={t.register.passwordHint(minLength)}
          autoComplete="new-password"
          required
          {...form.getInputProps('password')}
        />
        <Button type="submit" loading={pending}>
          {t.register.submit}
        </Button>
      </FormOf>
      <SocialButtons next={next} />
      <Text size="sm" ta="center">
        {t.signIn.hasAccount}{' '}
        <PageLink to="/sign-in" search={search} inherit>
          {t.signIn.title}
        </PageLink>
      </Text>
    </Stack>
  );
}
