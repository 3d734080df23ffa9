import { Button, Group, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import type { ReactNode } from 'react';
import { t } from '../texts/index.ts';
import { Failure } from './states.tsx';
import { useAct } from './use-act.ts';

type Confirmation = {
  readonly title: string;
  /** What it will do, in a sentence or two. */
  readonly text: ReactNode;
  /** The word on the button: what is done, never "OK". */
  readonly confirm: string;
  /** For what cannot be undone. */
  readonly dangerous?: boolean;
  /** Does it. The dialogue stays open with the reason when it fails. */
  readonly act: () => Promise<unknown>;
};

/** Asks before something is done, does it, once, and closes when it is done. */
export function confirmAct({ title, ...confirmation }: Confirmation): void {
  const id = modals.open({
    title,
    closeButtonProps: { 'aria-label': t.common.close },
    children: <Dialogue {...confirmation} close={() => modals.close(id)} />,
  });
}

type DialogueProps = Omit<Confirmation, 'title'> & { readonly close: () => void };

function Dialogue({ text, confirm, dangerous = false, act, close }: DialogueProps) {
  const { run, pending, failure } = useAct(async () => {
    await act();
    close();
  });

  return (
    <Stack>
      <Text component="div" size="sm">
        {text}
      </Text>
      <Failure error={failure} />
      <Group justify="flex-end">
        <Button variant="default" onClick={close} disabled={pending} data-autofocus>
          {t.common.cancel}
        </Button>
        <Button {...(dangerous && { color: 'red' })} onClick={() => run()} loading={pending}>
          {confirm}
        </Button>
      </Group>
    </Stack>
  );
}
