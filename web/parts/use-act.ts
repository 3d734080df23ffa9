import { useRef, useState } from 'react';

/** Something that a button does: once, however often it is clicked while it is being done. */
export type Act<A extends unknown[]> = {
  readonly run: (...args: A) => void;
  readonly pending: boolean;
  readonly failure: unknown;
};

/** What `act` throws is kept as the failure until the next try, and told to `onFailure`. */
export function useAct<A extends unknown[]>(
  act: (...args: A) => Promise<unknown>,
  onFailure?: (error: unknown) => void,
): Act<A> {
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  // State is a render late for the second click.
  const busy = useRef(false);

  async function runOnce(...args: A): Promise<void> {
    if (busy.current) return;
    busy.current = true;
    setPending(true);
    setFailure(undefined);
    try {
      await act(...args);
    } catch (error) {
      setFailure(error);
      onFailure?.(error);
    } finally {
      busy.current = false;
      setPending(false);
    }
  }

  return { run: (...args) => void runOnce(...args), pending, failure };
}
