import { Text, Tooltip } from '@mantine/core';
import { exactTime, relativeTime } from './format.ts';

type Props = {
  /** As the service says it; `null` where it never happened. */
  readonly at: string | null;
  /** Said in place of what never happened. */
  readonly otherwise?: string;
};

/** A moment as people say it, in the reader's zone; the exact time on hover and for who reads by keyboard. */
export function When({ at, otherwise = '–' }: Props) {
  if (at === null)
    return (
      <Text span inherit>
        {otherwise}
      </Text>
    );
  return (
    <Tooltip label={exactTime(at)} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={at} title={exactTime(at)}>
        {relativeTime(at)}
      </time>
    </Tooltip>
  );
}
