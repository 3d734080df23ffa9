import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { unwrap } from 'tollgate/client';
import { Section } from '../parts/section.tsx';
import { FormOf } from '../parts/server-form.tsx';
import { Done } from '../parts/states.tsx';
import { useServerForm } from '../parts/use-server-form.ts';
import { api } from '../session/client.ts';
import { useMe } from '../session/queries.ts';
import { t } from '../texts/index.ts';
import { OwnPassword, signInAgainRemedy } from './own-password.tsx';

/** Asks for another address; the link that moves the account is mailed there. */
export function ChangeEmail() {
  const me = useMe();
  const [sentTo, setSentTo] = useState<string>();
  const change = useServerForm({
    initialValues: { new_email: '', password: '' },
    submit: async ({ new_email, password }) => {
      await unwrap(api['email-change'].$post({ json: { new_email, ...(password && { password }) } }));
      setSentTo(new_email);
    },
  });
  return (
    <Section title={t.account.changeEmail} text={t.account.changeEmailText(me.email)}>
      {sentTo !== undefined ? (
        <Done text={t.account.changeEmailSent(sentTo)} />
      ) : (
        <FormOf of={change} remedy={signInAgainRemedy}>
          <TextInput
            label={t.account.newEmail}
            type="email"
            autoComplete="email"
            required
            {...change.form.getInputProps('new_email')}
          />
          <OwnPassword {...change.form.getInputProps('password')} />
          <Group>
            <Button type="submit" loading={change.pending}>
              {t.account.changeEmailSubmit}
            </Button>
          </Group>
        </FormOf>
      )}
    </Section>
  );
}
