import { Button, Group, PasswordInput, Text } from '@mantine/core';
import { unwrap } from 'tollgate/client';
import { notifyDone, notifyFailure } from '../parts/notify.ts';
import { Section } from '../parts/section.tsx';
import { FormOf } from '../parts/server-form.tsx';
import { useAct } from '../parts/use-act.ts';
import { useServerForm } from '../parts/use-server-form.ts';
import { api } from '../session/client.ts';
import { usePasswordMinLength } from '../session/options.ts';
import { queryClient, useMe } from '../session/queries.ts';
import { t } from '../texts/index.ts';
import { sessionsKey } from './sessions.tsx';

/** Another password, for whoever knows the present one; a link for whoever has none. */
export function ChangePassword() {
  const { email } = useMe();
  const minLength = usePasswordMinLength();
  const change = useServerForm({
    initialValues: { old_password: '', new_password: '' },
    submit: async (values) => {
      await unwrap(api['change-password'].$post({ json: values }));
      change.form.reset();
      notifyDone(t.account.changePasswordDone);
      await queryClient.invalidateQueries({ queryKey: sessionsKey });
    },
  });
  const mailLink = useAct(async () => {
    await unwrap(api['forget-password'].$post({ json: { email } }));
    notifyDone(t.account.resetMailed(email));
  }, notifyFailure);
  return (
    <Section title={t.account.changePassword}>
      <FormOf of={change}>
        {/* For password managers: whose it is. */}
        <input type="email" autoComplete="username" value={email} readOnly hidden />
        <PasswordInput
          label={t.account.oldPassword}
          autoComplete="current-password"
          required
          {...change.form.getInputProps('old_password')}
        />
        <PasswordInput
          label={t.account.newPassword}
          description={t.register.passwordHint(minLength)}
          autoComplete="new-password"
          required
          {...change.form.getInputProps('new_password')}
        />
        <Group>
          <Button type="submit" loading={change.pending}>
            {t.account.changePasswordSubmit}
          </Button>
        </Group>
      </FormOf>
      <Group gap="xs">
        <Text size="sm">{t.account.noPassword}</Text>
        <Button size="xs" variant="default" loading={mailLink.pending} onClick={() => mailLink.run()}>
          {t.account.mailReset}
        </Button>
      </Group>
    </Section>
  );
}
