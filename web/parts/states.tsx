import { Alert, Button, Center, Loader, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '../texts/index.ts';
import { fieldErrorsOf, requestIdOf, sentenceOf } from './failure.ts';

/** Something is on its way. */
export function Loading() {
  return (
    <Center mih={160} role="status" aria-label={t.common.loading}>
      <Loader type="dots" aria-hidden />
    </Center>
  );
}

/** A list with nothing in it, and what to do about that. */
export function EmptyState({ children, action }: { children?: ReactNode; action?: ReactNode }) {
  return (
    <Center mih={160}>
      <Stack align="center" gap="sm">
        <Text c="dimmed">{children ?? t.common.nothingHere}</Text>
        {action}
      </Stack>
    </Center>
  );
}

type ErrorStateProps = { readonly error: unknown; readonly retry?: (() => void) | undefined };

/** Why something is not there, and a way to try again. */
export function ErrorState({ error, retry }: ErrorStateProps) {
  return (
    <Alert color="red" variant="light" title={t.common.somethingWrong} role="alert">
      <Stack gap="sm" align="flex-start">
        <FailureText error={error} />
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            {t.common.tryAgain}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

type FailureProps = {
  readonly error: unknown;
  /** What to do about it. */
  readonly children?: ReactNode;
};

/** What went wrong, where a form or a dialogue was sent; nothing when nothing did. */
export function Failure({ error, children }: FailureProps) {
  if (!error) return null;
  return (
    <Alert color="red" variant="light" role="alert">
      <Stack gap="sm" align="flex-start">
        <FailureText error={error} />
        {children}
      </Stack>
    </Alert>
  );
}

/** That something was done, and what comes next. */
export function Done({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <Stack>
      <Alert color="green" variant="light" role="status">
        <Text size="sm">{text}</Text>
      </Alert>
      {children}
    </Stack>
  );
}

function FailureText({ error }: { error: unknown }) {
  const requestId = requestIdOf(error);
  return (
    <div>
      <Text size="sm">{sentenceOf(error)}</Text>
      {fieldErrorsOf(error).map(([field, message]) => (
        <Text key={field} size="sm">
          {field}: {message}
        </Text>
      ))}
      {requestId && (
        <Text size="xs" c="dimmed">
          {t.common.requestId(requestId)}
        </Text>
      )}
    </div>
  );
}
