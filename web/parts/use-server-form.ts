import { type FormErrors, type UseFormReturnType, useForm } from '@mantine/form';
import { type FormEvent, useRef, useState } from 'react';
import { TollgateError } from 'tollgate/client';

type Options<V extends object> = {
  readonly initialValues: V;
  /** Sends it; what it throws is shown. */
  readonly submit: (values: V) => Promise<unknown>;
  /** What the service calls a field, where the form calls it otherwise: `{ new_password: 'password' }`. */
  readonly names?: Readonly<Record<string, keyof V & string>>;
  /** What can be said before anything is sent; what the service would say too is better left to it. */
  readonly validate?: (values: V) => FormErrors;
};

/** A form whose answers come from the service. */
export type ServerForm<V extends object> = {
  readonly form: UseFormReturnType<V>;
  readonly onSubmit: (event?: FormEvent<HTMLFormElement>) => void;
  readonly pending: boolean;
  /** What went wrong and is about no field of the form. */
  readonly failure: unknown;
};

/**
 * A form that is sent once however often it is submitted, and that puts what the service says of a field by the field.
 */
export function useServerForm<V extends object>({
  initialValues,
  submit,
  names = {},
  validate,
}: Options<V>): ServerForm<V> {
  const form = useForm<V>({ initialValues, ...(validate && { validate }) });
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  // State is a render late for the second click.
  const busy = useRef(false);

  async function send(values: V): Promise<void> {
    if (busy.current) return;
    busy.current = true;
    setPending(true);
    setFailure(undefined);
    try {
      await submit(values);
    } catch (error) {
      setFailure(placeErrors(error));
    } finally {
      busy.current = false;
      setPending(false);
    }
  }

  /** Shows what is about fields by them. @returns what is left to be said of the whole */
  function placeErrors(error: unknown): unknown {
    if (!(error instanceof TollgateError) || !error.errors) return error;
    const entries = Object.entries(error.errors).map(
      ([name, message]) => [names[name] ?? name, message] as const,
    );
    const known = entries.filter(([name]) => name in initialValues);
    if (known.length === 0) return error;
    form.setErrors(Object.fromEntries(known));
    form.getInputNode(known[0]?.[0] ?? '')?.focus();
    return known.length === entries.length ? undefined : error;
  }

  return { form, pending, failure, onSubmit: form.onSubmit((values) => void send(values)) };
}
