import { Button, PasswordInput, TextInput } from '@mantine/core';
import { PageLink } from '../parts/links.tsx';
import { FormOf } from '../parts/server-form.tsx';
import { useServerForm } from '../parts/use-server-form.ts';
import { t } from '../texts/index.ts';
import { tollgate } from './client.ts';

type Props = { readonly email: string; readonly toCode: (email: string) => void };

/** Address and password. */
export function PasswordForm({ email, toCode }: Props) {
  const signIn = useServerForm({
    initialValues: { email, password: '' },
    submit: (credentials) => tollgate.login(credentials),
  });
  const { form, pending } = signIn;
  return (
    <FormOf of={signIn}>
      <TextInput
        label={t.signIn.email}
        type="email"
        autoComplete="username"
        required
        {...form.getInputProps('email')}
      />
      <PasswordInput
        label={t.signIn.password}
        autoComplete="current-password"
        required
        {...form.getInputProps('password')}
      />
      <PageLink to="/forgot-password" size="sm">
        {t.signIn.forgot}
      </PageLink>
      <Button type="submit" loading={pending}>
        {t.signIn.title}
      </Button>
      <Button variant="subtle" onClick={() => toCode(form.getValues().email)}>
        {t.signIn.byCode}
      </Button>
    </FormOf>
  );
}
