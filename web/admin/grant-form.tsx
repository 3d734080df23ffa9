import { Button, Group, Select, Text, Textarea, TextInput, type TextInputProps } from '@mantine/core';
import { modals } from '@mantine/modals';
import type { ReactNode } from 'react';
import { unwrap } from 'tollgate/client';
import { toInstant } from '../parts/day.ts';
import { FormOf } from '../parts/server-form.tsx';
import { useServerForm } from '../parts/use-server-form.ts';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { tell } from './act.ts';
import { usePlanChoices } from './plan-choices.ts';
import type { AdminSubscription } from './types.ts';

const say = t.desk.grants;

/** No end where the field is empty. */
const toEnd = (local: string): string | null => (local === '' ? null : toInstant(local));

type User = { readonly id: string; readonly email: string };

/** Asks which plan to give somebody, and until when. */
export const openGrant = (user: User): void =>
  open(say.title, (close) => <GrantForm user={user} close={close} />);

/** Asks until when a granted subscription is to last. */
export const openMoveEnd = (subscription: AdminSubscription): void =>
  open(say.move, (close) => <MoveEndForm subscription={subscription} close={close} />);

function open(title: string, form: (close: () => void) => ReactNode): void {
  const id = crypto.randomUUID();
  modals.open({
    modalId: id,
    title,
    closeButtonProps: { 'aria-label': t.common.close },
    children: form(() => modals.close(id)),
  });
}

function GrantForm({ user, close }: { user: User; close: () => void }) {
  const grant = useServerForm<{ plan_code: string; ends_at: string; reason: string }>({
    initialValues: { plan_code: '', ends_at: '', reason: '' },
    submit: async ({ plan_code, ends_at, reason }) => {
      const json = {
        user_id: user.id,
        plan_code,
        ends_at: toEnd(ends_at),
        ...(reason.trim() && { reason }),
      };
      const granted = await unwrap(api.admin.billing.subscriptions.$post({ json }));
      close();
      tell(say.granted(user.email, granted.plan?.name ?? plan_code));
    },
  });
  const { form, pending } = grant;
  const plans = usePlanChoices();
  return (
    <FormOf of={grant}>
      <Text size="sm">{say.text(user.email)}</Text>
      <Select
        label={say.plan}
        data={plans}
        required
        allowDeselect={false}
        {...form.getInputProps('plan_code')}
      />
      <Until {...form.getInputProps('ends_at')} />
      <Textarea label={say.reason} description={say.reasonHint} {...form.getInputProps('reason')} />
      <Buttons close={close} pending={pending} submit={say.submit} />
    </FormOf>
  );
}

type MoveEndProps = { readonly subscription: AdminSubscription; readonly close: () => void };

function MoveEndForm({ subscription: { id, user_email, plan }, close }: MoveEndProps) {
  const move = useServerForm<{ ends_at: string }>({
    initialValues: { ends_at: '' },
    submit: async ({ ends_at }) => {
      const json = { ends_at: toEnd(ends_at) };
      await unwrap(api.admin.billing.subscriptions[':id'].$patch({ param: { id }, json }));
      close();
      tell(say.moved);
    },
  });
  return (
    <FormOf of={move}>
      <Text size="sm">{say.moveText(user_email ?? t.desk.user.deleted, plan?.name ?? '')}</Text>
      <Until {...move.form.getInputProps('ends_at')} />
      <Buttons close={close} pending={move.pending} submit={say.moveSubmit} />
    </FormOf>
  );
}

type UntilProps = Pick<TextInputProps, 'value' | 'defaultValue' | 'onChange' | 'error'>;

function Until(props: UntilProps) {
  return (
    <TextInput
      type="datetime-local"
      max="9998-12-31T23:59"
      label={say.until}
      description={say.untilHint}
      {...props}
    />
  );
}

type ButtonsProps = { readonly close: () => void; readonly pending: boolean; readonly submit: string };

function Buttons({ close, pending, submit }: ButtonsProps) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={close} disabled={pending}>
        {t.common.cancel}
      </Button>
      <Button type="submit" loading={pending}>
        {submit}
      </Button>
    </Group>
  );
}
