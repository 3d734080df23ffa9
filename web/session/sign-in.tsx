import { Button, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { FormOf } from '../parts/server-form.tsx';
import { useServerForm } from '../parts/use-server-form.ts';
import { t } from '../texts/index.ts';
import { tollgate } from './client.ts';

/** Signs in. The frame goes on from here when it has worked. */
export function SignIn() {
  const signIn = useServerForm({
    initialValues: { email: '', password: '' },
    submit: (credentials) => tollgate.login(credentials),
  });
  return (
    <Stack>
      <Title order={1} size="h2">
        {t.account.signIn}
      </Title>
      <FormOf of={signIn}>
        <TextInput
          label={t.account.email}
          type="email"
          autoComplete="username"
          required
          {...signIn.form.getInputProps('email')}
        />
        <PasswordInput
          label={t.account.password}
          autoComplete="current-password"
          required
          {...signIn.form.getInputProps('password')}
        />
        <Button type="submit" loading={signIn.pending}>
          {t.account.signIn}
        </Button>
      </FormOf>
    </Stack>
  );
}
