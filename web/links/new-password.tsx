import { Button, PasswordInput } from '@mantine/core';
import { useState } from 'react';
import { unwrap } from 'tollgate/client';
import { codeOf } from '../parts/failure.ts';
import { PageButton, PageLink } from '../parts/links.tsx';
import { FormOf } from '../parts/server-form.tsx';
import { Done } from '../parts/states.tsx';
import { useFocusOn } from '../parts/use-focus-on.ts';
import { useServerForm } from '../parts/use-server-form.ts';
import { api } from '../session/client.ts';
import { usePasswordMinLength } from '../session/options.ts';
import { noticeEnd } from '../session/sign-out.ts';
import { t } from '../texts/index.ts';
import { MailedLink } from './mailed-link.tsx';

/** Sets a new password by a mailed link. */
export function NewPassword() {
  return <MailedLink title={t.reset.newTitle}>{(token) => <PasswordForm token={token} />}</MailedLink>;
}

function PasswordForm({ token }: { token: string }) {
  const minLength = usePasswordMinLength();
  const [isDone, setDone] = useState(false);
  const reset = useServerForm({
    initialValues: { password: '' },
    submit: async ({ password }) => {
      await unwrap(api['new-password'].$post({ json: { token, password } }));
      setDone(true);
      await noticeEnd();
    },
  });
  const steps = useFocusOn(isDone);
  return (
    <div ref={steps}>
      {isDone ? (
        <Done text={t.reset.newDone}>
          <PageButton to="/sign-in">{t.signIn.title}</PageButton>
        </Done>
      ) : (
        <FormOf of={reset} remedy={(failure) => codeOf(failure) === 'invalid_token' && <AskAgain />}>
          <PasswordInput
            label={t.reset.newPassword}
            description={t.register.passwordHint(minLength)}
            autoComplete="new-password"
            required
            {...reset.form.getInputProps('password')}
          />
          <Button type="submit" loading={reset.pending}>
            {t.reset.newSubmit}
          </Button>
        </FormOf>
      )}
    </div>
  );
}

function AskAgain() {
  return (
    <PageLink to="/forgot-password" size="sm">
      {t.reset.askAgain}
    </PageLink>
  );
}
