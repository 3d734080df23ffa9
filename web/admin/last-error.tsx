import { Text } from '@mantine/core';
import { t } from '../texts/index.ts';

/** Why something failed the last time: all of it, but no wider than a column. */
export function LastError({ text }: { text: string | null }) {
  return (
    <Text size="sm" maw={320} style={{ overflowWrap: 'anywhere' }} span>
      {text ?? t.common.none}
    </Text>
  );
}
