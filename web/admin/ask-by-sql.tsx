import {
  Accordion,
  Button,
  Group,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Table,
  Text,
  Textarea,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { unwrap } from 'tollgate/client';
import { formatCount } from '../parts/format.ts';
import { FormOf } from '../parts/server-form.tsx';
import { ErrorState, Loading } from '../parts/states.tsx';
import { useServerForm } from '../parts/use-server-form.ts';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { ExportButton } from './export-button.tsx';
import { ResultTable } from './result-table.tsx';
import type { Mode, SqlResult } from './types.ts';

const MODES = ['preview', 'count', 'csv'] as const satisfies Mode[];

const say = t.desk.ask;

/** One SELECT of the reader's own, beside what it can read. */
export function AskBySql() {
  const [result, setResult] = useState<SqlResult>();
  const run = useServerForm<{ sql: string; mode: Mode }>({
    initialValues: { sql: '', mode: 'preview' },
    submit: async (json) => {
      setResult(undefined);
      setResult(await unwrap(api.admin.sql.$post({ json })));
    },
  });
  const { form, onSubmit, pending } = run;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
      <Stack>
        <FormOf of={run}>
          <Textarea
            label={say.yourSql}
            description={say.yourSqlHint}
            autosize
            minRows={5}
            maxRows={20}
            required
            spellCheck={false}
            styles={{ input: { fontFamily: 'monospace' } }}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onSubmit();
            }}
            {...form.getInputProps('sql')}
          />
          <Group>
            <SegmentedControl
              aria-label={say.mode}
              data={MODES.map((value) => ({ value, label: say.modes[value] }))}
              {...form.getInputProps('mode')}
            />
            <Button type="submit" loading={pending}>
              {say.run}
            </Button>
          </Group>
        </FormOf>
        <div aria-live="polite">{result && <Result of={result} />}</div>
      </Stack>
      <Schema />
    </SimpleGrid>
  );
}

function Result({ of: result }: { of: SqlResult }) {
  switch (result.mode) {
    case 'count':
      return (
        <Text size="xl" fw={700}>
          {say.rowsIn(formatCount(result.row_count), result.row_count)}
        </Text>
      );
    case 'csv':
      return (
        <Stack gap="xs">
          <ExportButton link={result.export} rowCount={result.row_count} />
          {result.truncated && <Text size="sm">{say.truncated}</Text>}
        </Stack>
      );
    case 'preview':
      return (
        <ResultTable
          columns={result.columns}
          rows={result.rows}
          total={result.row_count}
          isMore={result.truncated}
        />
      );
  }
}

function Schema() {
  const schema = useQuery({
    queryKey: ['desk', 'sql', 'schema'],
    queryFn: () => unwrap(api.admin.sql.schema.$get()),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <section aria-label={say.views}>
      <Title order={2} size="h4" mb="xs">
        {say.views}
      </Title>
      {schema.isPending ? (
        <Loading />
      ) : schema.isError ? (
        <ErrorState error={schema.error} retry={() => void schema.refetch()} />
      ) : (
        <Accordion variant="separated" order={3} multiple>
          {schema.data.views.map((view) => (
            <Accordion.Item key={view.name} value={view.name}>
              <Accordion.Control>
                <Text ff="monospace">{view.name}</Text>
                <Text size="sm">{view.description}</Text>
              </Accordion.Control>
              <Accordion.Panel>
                <Table aria-label={view.name} style={{ overflowWrap: 'anywhere' }}>
                  <Table.Tbody>
                    {view.columns.map(({ name, type, description }) => (
                      <Table.Tr key={name}>
                        <Table.Th scope="row" ff="monospace">
                          {name}
                        </Table.Th>
                        <Table.Td>{type}</Table.Td>
                        <Table.Td>{description}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Accordion.Panel>
            </Accordion.Item>
          ))}
        </Accordion>
      )}
    </section>
  );
}
