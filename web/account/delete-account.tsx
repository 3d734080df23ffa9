import { Button, Group, Text, TextInput } from '@mantine/core';
import { FormOf } from '../parts/server-form.tsx';
import { useServerForm } from '../parts/use-server-form.ts';
import { api } from '../session/client.ts';
import { useMe } from '../session/queries.ts';
import { noticeEnd } from '../session/sign-out.ts';
import { t } from '../texts/index.ts';
import { OwnPassword, signInAgainRemedy } from './own-password.tsx';

/** Asks twice, by a word that nobody types by accident and by the password, and deletes the account. */
export function DeleteAccount({ close }: { close: () => void }) {
  const { username } = useMe();
  const remove = useServerForm({
    initialValues: { username: '', password: '' },
    validate: (values) => (values.username === username ? {} : { username: t.account.deleteMismatch }),
    submit: async ({ password }) => {
      await api.me.$delete({ json: password ? { password } : {} });
      close();
      await noticeEnd();
    },
  });
  const { form, pending } = remove;
  return (
    <FormOf of={remove} remedy={signInAgainRemedy}>
      <Text size="sm">{t.account.deleteText}</Text>
      <TextInput
        label={t.account.deleteType(username)}
        autoComplete="off"
        data-autofocus
        required
        {...form.getInputProps('username')}
      />
      <OwnPassword {...form.getInputProps('password')} />
      <Group justify="flex-end">
        <Button variant="default" onClick={close} disabled={pending}>
          {t.common.cancel}
        </Button>
        <Button type="submit" color="red" loading={pending}>
          {t.account.deleteSubmit}
        </Button>
      </Group>
    </FormOf>
  );
}
