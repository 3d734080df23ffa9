import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { unwrap } from 'tollgate/client';
import { FormOf } from '../parts/server-form.tsx';
import { Done } from '../parts/states.tsx';
import { useFocusOn } from '../parts/use-focus-on.ts';
import { useServerForm } from '../parts/use-server-form.ts';
import { t } from '../texts/index.ts';
import { api, tollgate } from './client.ts';

const CODE_LENGTH = 8;

const requestCode = (email: string) => unwrap(api.request['login-code'].$post({ json: { email } }));

type Props = { readonly email: string; readonly toPassword: (email: string) => void };

/** A code that is mailed in the place of a password: first the address, then the code. */
export function CodeForm({ email, toPassword }: Props) {
  const [sentTo, setSentTo] = useState<string>();
  const ask = useServerForm({
    initialValues: { email },
    submit: async (values) => {
      await requestCode(values.email);
      setSentTo(values.email);
    },
  });
  const steps = useFocusOn(sentTo);
  return (
    <div ref={steps}>
      {sentTo !== undefined ? (
        <EnterCode email={sentTo} toOtherAddress={() => setSentTo(undefined)} />
      ) : (
        <FormOf of={ask}>
          <Text size="sm">{t.signIn.codeText}</Text>
          <TextInput
            label={t.signIn.email}
            type="email"
            autoComplete="username"
            required
            {...ask.form.getInputProps('email')}
          />
          <Button type="submit" loading={ask.pending}>
            {t.signIn.sendCode}
          </Button>
          <Button variant="subtle" onClick={() => toPassword(ask.form.getValues().email)}>
            {t.signIn.byPassword}
          </Button>
        </FormOf>
      )}
    </div>
  );
}

type EnterCodeProps = { readonly email: string; readonly toOtherAddress: () => void };

function EnterCode({ email, toOtherAddress }: EnterCodeProps) {
  const enter = useServerForm({
    initialValues: { code: '' },
    // As a mail program copies it, with a space here and there.
    submit: ({ code }) => tollgate.loginByCode({ email, code: code.replace(/\s/g, '') }),
  });
  const again = useServerForm({
    initialValues: {},
    submit: async () => {
      await requestCode(email);
      setResent(true);
    },
  });
  const [resent, setResent] = useState(false);
  return (
    <Stack>
      <Done text={resent ? t.signIn.codeResent : t.signIn.codeSent(email)} />
      <FormOf of={enter}>
        <TextInput
          label={t.signIn.code}
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={CODE_LENGTH * 2}
          required
          {...enter.form.getInputProps('code')}
        />
        <Button type="submit" loading={enter.pending}>
          {t.signIn.title}
        </Button>
      </FormOf>
      <FormOf of={again}>
        <Button type="submit" variant="subtle" loading={again.pending}>
          {t.signIn.resendCode}
        </Button>
        <Button variant="subtle" onClick={toOtherAddress}>
          {t.signIn.otherEmail}
        </Button>
      </FormOf>
    </Stack>
  );
}
