import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { unwrap } from 'tollgate/client';
import { PageButton } from '../parts/links.tsx';
import { FormOf } from '../parts/server-form.tsx';
import { Done } from '../parts/states.tsx';
import { useFocusOn } from '../parts/use-focus-on.ts';
import { useServerForm } from '../parts/use-server-form.ts';
import { api, tollgate } from '../session/client.ts';
import { queryClient } from '../session/queries.ts';
import { noticeEnd } from '../session/sign-out.ts';
import { t } from '../texts/index.ts';
import { MailedLink } from './mailed-link.tsx';

/** Moves the account to the address that the link was mailed to. */
export function EmailChange() {
  return (
    <MailedLink title={t.links.changeTitle}>
      {(token) => (
        <Act
          text={t.links.changeText}
          submit={t.links.changeSubmit}
          done={t.links.changeDone}
          act={async () => {
            await unwrap(api['email-change'].confirm.$post({ json: { token } }));
            await queryClient.invalidateQueries();
          }}
        >
          <PageButton to="/">{tollgate.signedIn === 'yes' ? t.links.goOn : t.links.toSignIn}</PageButton>
        </Act>
      )}
    </MailedLink>
  );
}

/** Takes the account back to the address that it left. */
export function EmailChangeUndo() {
  return (
    <MailedLink title={t.links.undoTitle}>
      {(token) => (
        <Act
          text={t.links.undoText}
          submit={t.links.undoSubmit}
          done={t.links.undoDone}
          act={async () => {
            await unwrap(api['email-change'].undo.$post({ json: { token } }));
            await noticeEnd();
          }}
        >
          <PageButton to="/forgot-password">{t.links.toNewPassword}</PageButton>
        </Act>
      )}
    </MailedLink>
  );
}

type ActProps = {
  /** What it will do. */
  readonly text: string;
  readonly submit: string;
  readonly done: string;
  readonly act: () => Promise<unknown>;
  /** Where to go then. */
  readonly children: React.ReactNode;
};

/** What only a person may do who pressed the button: mail scanners open links. */
function Act({ text, submit, done, act, children }: ActProps) {
  const [isDone, setDone] = useState(false);
  const form = useServerForm({
    initialValues: {},
    submit: async () => {
      await act();
      setDone(true);
    },
  });
  const steps = useFocusOn(isDone);
  return (
    <div ref={steps}>
      {isDone ? (
        <Done text={done}>{children}</Done>
      ) : (
        <FormOf of={form}>
          <Text size="sm">{text}</Text>
          <Button type="submit" loading={form.pending}>
            {submit}
          </Button>
        </FormOf>
      )}
    </div>
  );
}
