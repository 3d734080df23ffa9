import { Group, Pagination, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { keepPreviousData, type QueryKey, useQuery } from '@tanstack/react-query';
import { Navigate, useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { t } from '../texts/index.ts';
import { readPage } from './search.ts';
import { EmptyState, ErrorState, Loading } from './states.tsx';

/** The envelope of a list, as the service answers it. */
export type PageOf<T> = {
  readonly data: readonly T[];
  readonly total: number;
  /** There are more than could be counted. */
  readonly total_is_estimate?: boolean | undefined;
};

/** What `?limit=&offset=` take. */
export type Range = { readonly limit: string; readonly offset: string };

export type Column<T> = {
  readonly title: string;
  readonly render: (row: T) => ReactNode;
  /** For amounts. */
  readonly align?: 'left' | 'right';
};

type Props<T> = {
  /** What the list is, for who hears it. */
  readonly label: string;
  /** All that the rows depend on; the page is added to it. */
  readonly queryKey: QueryKey;
  readonly fetch: (range: Range) => Promise<PageOf<T>>;
  readonly columns: readonly Column<T>[];
  readonly rowKey: (row: T) => string;
  readonly empty?: ReactNode;
  /** The search parameter that keeps the page; another one where an address has two lists. */
  readonly param?: string;
  readonly pageSize?: number;
};

const PAGE_SIZE = 20;

/** Where the window is narrower, in pixels, the table is scrolled. */
const MIN_WIDTH = 560;
const COLUMN_WIDTH = 130;

/** A list of the service, a page at a time. The page stands in the address, so that a link or a reload keeps it. */
export function PagedList<T>({
  label,
  queryKey,
  fetch,
  columns,
  rowKey,
  empty,
  param = 'page',
  pageSize = PAGE_SIZE,
}: Props<T>) {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const page = readPage(search[param]) ?? 1;
  const offset = (page - 1) * pageSize;
  const query = useQuery({
    queryKey: [...queryKey, { page, pageSize }],
    queryFn: () => fetch({ limit: String(pageSize), offset: String(offset) }),
    placeholderData: keepPreviousData,
  });

  if (query.isPending) return <Loading />;
  if (query.isError) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  const { data, total, total_is_estimate: isMore } = query.data;
  const rows = isMore ? t.common.rowsOfMore : t.common.rows;
  const pages = Math.max(1, Math.ceil(total / pageSize));
  const pageAt = (to: number) =>
    ({
      to: '.',
      search: (before: object) => ({ ...before, [param]: to > 1 ? to : undefined }),
    }) as const;

  // The last row of the last page went, or the address was made up.
  if (page > pages && !query.isPlaceholderData) return <Navigate {...pageAt(pages)} replace />;

  return (
    <Stack gap="sm">
      {data.length === 0 && query.isPlaceholderData ? (
        <Loading />
      ) : data.length === 0 ? (
        <EmptyState>{empty}</EmptyState>
      ) : (
        <Rows label={label} busy={query.isPlaceholderData} columns={columns} rows={data} rowKey={rowKey} />
      )}
      {(pages > 1 || page > 1) && (
        <Group justify="space-between">
          <Text size="sm" c="dimmed" role="status">
            {rows(Math.min(offset + 1, total), Math.min(offset + data.length, total), total)}
          </Text>
          <Pagination
            total={pages}
            value={page}
            onChange={(to) => void navigate(pageAt(to))}
            size="sm"
            aria-label={label}
            getItemProps={(item) => ({ 'aria-label': t.common.page(item) })}
            getControlProps={(control) => ({
              'aria-label': control === 'previous' ? t.common.previousPage : t.common.nextPage,
            })}
          />
        </Group>
      )}
    </Stack>
  );
}

type RowsProps<T> = Pick<Props<T>, 'label' | 'columns' | 'rowKey'> & {
  readonly rows: readonly T[];
  /** Another page is on its way; this is the one before. */
  readonly busy?: boolean;
};

/** A table that scrolls sideways on a phone, by keyboard too. */
export function Rows<T>({ label, columns, rows, rowKey, busy = false }: RowsProps<T>) {
  return (
    <ScrollArea viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': label }}>
      <Table
        aria-busy={busy}
        opacity={busy ? 0.6 : 1}
        verticalSpacing="sm"
        miw={Math.max(MIN_WIDTH, columns.length * COLUMN_WIDTH)}
      >
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ title, align = 'left' }) => (
              <Table.Th key={title} ta={align}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowKey(row)}>
              {columns.map(({ title, align = 'left', render }) => (
                <Table.Td key={title} ta={align}>
                  {render(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
