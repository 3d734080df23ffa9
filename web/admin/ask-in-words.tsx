import { Alert, Button, Card, Code, Group, Loader, Stack, Text, Textarea, Title } from '@mantine/core';
import { useState } from 'react';
import { formatCount } from '../parts/format.ts';
import { Failure } from '../parts/states.tsx';
import { t } from '../texts/index.ts';
import { ExportButton } from './export-button.tsx';
import type { AskedQuery } from './question.ts';
import { ResultTable } from './result-table.tsx';
import { type Question, useQuestion } from './use-question.ts';

const MAX_LENGTH = 4_000;

const say = t.desk.ask;

/** A question in plain words, and the way to its answer. */
export function AskInWords() {
  const [prompt, setPrompt] = useState('');
  const { question, ask, cancel } = useQuestion();
  const isAsked = prompt.trim() !== '';
  const send = () => {
    if (isAsked) void ask(prompt.trim());
  };
  return (
    <Stack maw={960}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Stack>
          <Textarea
            label={say.question}
            description={say.questionHint}
            autosize
            minRows={2}
            maxRows={10}
            maxLength={MAX_LENGTH}
            value={prompt}
            onChange={({ currentTarget }) => setPrompt(currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
              event.preventDefault();
              send();
            }}
          />
          <Group>
            <Button type="submit" disabled={!isAsked} loading={question?.pending ?? false}>
              {say.ask}
            </Button>
            {question?.pending && (
              <Button variant="default" onClick={cancel}>
                {t.common.cancel}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      {question ? <Progress of={question} /> : <Examples choose={setPrompt} />}
    </Stack>
  );
}

function Examples({ choose }: { choose: (prompt: string) => void }) {
  return (
    <Group gap="xs">
      {say.examples.map((example) => (
        <Button key={example} size="compact-sm" variant="default" onClick={() => choose(example)}>
          {example}
        </Button>
      ))}
    </Group>
  );
}

function Progress({
  of: { prompt, pending, status, queries, answer, failure, cancelled },
}: {
  of: Question;
}) {
  return (
    <Stack>
      <Title order={2} size="h4" style={{ overflowWrap: 'anywhere' }}>
        {prompt}
      </Title>
      <Group gap="xs" role="status" aria-live="polite">
        {pending && <Loader size="xs" aria-hidden />}
        <Text size="sm">{pending ? (status ?? say.sending) : answer ? say.answered : ''}</Text>
      </Group>
      {queries.map((query, index) => (
        // In the order in which they were made, to which others are only added.
        // biome-ignore lint/suspicious/noArrayIndexKey: two may be the same
        <Asked key={index} query={query} />
      ))}
      {answer && (
        <Alert color="green" variant="light" title={say.answer}>
          <Stack align="flex-start">
            <Text style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{answer.response}</Text>
            {answer.export && <ExportButton link={answer.export} />}
          </Stack>
        </Alert>
      )}
      {cancelled && (
        <Alert variant="light" role="status">
          {say.cancelled}
        </Alert>
      )}
      <Failure error={failure} />
    </Stack>
  );
}

function Asked({ query: { sql, mode, row_count, error, columns, rows } }: { query: AskedQuery }) {
  return (
    <Card withBorder component="section" aria-label={say.query}>
      <Stack gap="sm">
        <Code block tabIndex={0} role="region" aria-label={say.sql}>
          {sql}
        </Code>
        {error !== undefined && (
          <Alert color="yellow" variant="light">
            {error}
          </Alert>
        )}
        {mode === 'count' && row_count !== null && (
          <Text size="xl" fw={700}>
            {formatCount(row_count)}
          </Text>
        )}
        {mode === 'csv' && row_count !== null && <Text size="sm">{say.inFile(row_count)}</Text>}
        {columns && rows && <ResultTable columns={columns} rows={rows} total={row_count ?? rows.length} />}
      </Stack>
    </Card>
  );
}
