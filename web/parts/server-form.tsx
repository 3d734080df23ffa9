import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Failure } from './states.tsx';
import type { ServerForm } from './use-server-form.ts';

type Props<V extends object> = { readonly of: ServerForm<V>; readonly children: ReactNode };

/** The form itself, and what is to be said of it as a whole. */
export function FormOf<V extends object>({ of: { onSubmit, failure }, children }: Props<V>) {
  return (
    <form onSubmit={onSubmit}>
      <Stack>
        <Failure error={failure} />
        {children}
      </Stack>
    </form>
  );
}
