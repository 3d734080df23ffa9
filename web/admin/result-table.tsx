import { ScrollArea, Stack, Table, Text } from '@mantine/core';
import { formatCount } from '../parts/format.ts';
import { EmptyState } from '../parts/states.tsx';
import { t } from '../texts/index.ts';
import { textOf } from './difference.ts';

const say = t.desk.ask;

type Props = {
  /** A name may stand there twice. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** How many there are, of which these are the first. */
  readonly total: number;
  /** Whether there are more than could be counted. */
  readonly isMore?: boolean;
};

/** What a query answered: one value as a number to be seen, anything else as a table. */
export function ResultTable({ columns, rows, total, isMore = false }: Props) {
  const [first] = rows;
  if (!first) return <EmptyState>{say.noRows}</EmptyState>;
  if (rows.length === 1 && first.length === 1 && total === 1) {
    return (
      <div>
        <Text size="sm" c="dimmed">
          {columns[0]}
        </Text>
        <Text size="xl" fw={700}>
          {typeof first[0] === 'number' ? formatCount(first[0]) : cell(first[0])}
        </Text>
      </div>
    );
  }
  return (
    <Stack gap="xs">
      <ScrollArea.Autosize
        mah={480}
        viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': say.result }}
      >
        <Table
          stickyHeader
          striped
          data={{ head: [...columns], body: rows.map((row) => row.map(cell)) }}
          style={{ whiteSpace: 'nowrap' }}
        />
      </ScrollArea.Autosize>
      <Text size="sm" role="status">
        {rows.length < total || isMore ? say.firstRows(rows.length, total, isMore) : say.rows(rows.length)}
      </Text>
    </Stack>
  );
}

/** Nothing but text, whatever stands in the data. */
const cell = (value: unknown): string => (value === null ? 'NULL' : textOf(value));
