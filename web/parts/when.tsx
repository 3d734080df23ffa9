import { Text, Tooltip } from '@mantine/core';
import { exactTime, relativeTime } from './format.ts';

type Props = {
  /** As the service says it; `null` where it never happened. */
  readonly at: string | null;
  /** Said in place of what never happened. */
  readonly otherwise?: string;
};

/**
 * A moment as people say it, in the reader's zone; the exact time for who points at it or touches it. It is no stop for
 * the Tab key: a list has dozens.
 */
export function When({ at, otherwise = '–' }: Props) {
  if (at === null)
    return (
      <Text span inherit>
        {otherwise}
      </Text>
    );
  return (
    <Tooltip label={exactTime(at)} events={{ hover: true, focus: false, touch: true }}>
      <time dateTime={at}>{relativeTime(at)}</time>
    </Tooltip>
  );
}
