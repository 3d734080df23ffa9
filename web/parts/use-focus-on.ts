import { useDidUpdate } from '@mantine/hooks';
import { type RefObject, useRef } from 'react';

/**
 * For a part of a page that another one takes the place of, and with it what had the focus: whoever goes by keyboard is
 * then at its first field, or else at the beginning of the page.
 *
 * @param key what tells one from the other
 * @returns for the element around both
 */
export function useFocusOn(key: unknown): RefObject<HTMLDivElement | null> {
  const part = useRef<HTMLDivElement>(null);
  useDidUpdate(() => {
    const { current } = part;
    (current?.querySelector('input') ?? current?.closest<HTMLElement>('#content'))?.focus();
  }, [key]);
  return part;
}
