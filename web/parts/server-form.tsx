import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Failure } from './states.tsx';
import type { ServerForm } from './use-server-form.ts';

type Props<V extends object> = {
  readonly of: ServerForm<V>;
  readonly children: ReactNode;
  /** What to do about a failure that is about no field. */
  readonly remedy?: (failure: unknown) => ReactNode;
};

/** The form itself, and what is to be said of it as a whole. */
export function FormOf<V extends object>({ of: { onSubmit, failure }, children, remedy }: Props<V>) {
  return (
    <form onSubmit={onSubmit}>
      <Stack>
        <Failure error={failure}>{remedy?.(failure)}</Failure>
        {children}
      </Stack>
    </form>
  );
}
