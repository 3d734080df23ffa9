import { Box, Button, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ChangeEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { t } from '../texts/index.ts';
import { DayInput } from './day-input.tsx';

/** How long somebody who types may pause before the list is asked for. */
const TYPING_PAUSE_MS = 300;

/** One filter of a list, kept in the address. A change of it begins the list anew. */
function useFilter(name: string) {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const value = search[name];
  return {
    value: typeof value === 'string' ? value : undefined,
    set: (to: string | undefined) =>
      void navigate({
        to: '.',
        search: (before) => ({ ...before, [name]: to || undefined, page: undefined }),
        // The search field keeps the focus, and the reader the place.
        resetScroll: false,
      }),
  };
}

type FilterProps = { readonly name: string; readonly label: string };

/** The filters of a list, above it. */
export function Filters({ children }: { children: ReactNode }) {
  const [isOpen, { toggle }] = useDisclosure();
  // A phone shows the list first.
  const hidden = isOpen ? {} : ({ visibleFrom: 'xs' } as const);
  return (
    <Box component="search" aria-label={t.common.filters} mb="md">
      <Button hiddenFrom="xs" variant="default" fullWidth onClick={toggle} aria-expanded={isOpen}>
        {t.common.filters}
      </Button>
      <Group {...hidden} mt={{ base: 'sm', xs: 0 }} gap="sm" align="flex-end">
        {children}
      </Group>
    </Box>
  );
}

/** What is typed into a filter: asked for when the typing pauses, and followed when the reader goes back. */
function useDraft(name: string) {
  const { value = '', set } = useFilter(name);
  const [draft, setDraft] = useState(value);
  const known = useRef(value);
  const send = useDebouncedCallback((typed: string) => {
    known.current = typed.trim();
    set(known.current);
  }, TYPING_PAUSE_MS);
  useEffect(() => {
    if (value === known.current) return;
    known.current = value;
    send.cancel();
    setDraft(value);
  }, [value, send]);
  return {
    draft,
    change({ currentTarget }: ChangeEvent<HTMLInputElement>) {
      setDraft(currentTarget.value);
      // The first digits of a year are a year too, and none that is meant.
      if (currentTarget.validity.valid) send(currentTarget.value);
    },
  };
}

/** A text to look for. */
export function TextFilter({ name, label, placeholder }: FilterProps & { readonly placeholder?: string }) {
  const { draft, change } = useDraft(name);
  return (
    <TextInput
      type="search"
      label={label}
      {...(placeholder !== undefined && { placeholder })}
      value={draft}
      onChange={change}
      w={{ base: '100%', xs: 260 }}
    />
  );
}

type Choice = { readonly value: string; readonly label: string };

type ChoiceFilterProps = FilterProps & {
  readonly choices: readonly Choice[];
  /** What counts where the address says nothing; without it that is no filter at all. */
  readonly fallback?: string;
};

/** One of a few. */
export function ChoiceFilter({ name, label, choices, fallback }: ChoiceFilterProps) {
  const { value, set } = useFilter(name);
  const chosen = choices.find((choice) => choice.value === value)?.value;
  return (
    <Select
      label={label}
      placeholder={t.common.any}
      data={choices.map((choice) => ({ ...choice }))}
      value={chosen ?? fallback ?? null}
      onChange={(to) => set(to === null || to === fallback ? undefined : to)}
      clearable={fallback === undefined}
      allowDeselect={false}
      clearButtonProps={{ 'aria-label': t.common.clear }}
      w={{ base: '100%', xs: 170 }}
    />
  );
}

/** A day, as `2026-11-20`. */
export function DayFilter({ name, label }: FilterProps) {
  const { draft, change } = useDraft(name);
  return (
    <DayInput label={label} min="2000-01-01" value={draft} onChange={change} w={{ base: '100%', xs: 170 }} />
  );
}

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;

function readDay(day: string | undefined, add = 0): Date | undefined {
  const [, year, month, date] = DAY.exec(day ?? '') ?? [];
  if (!year) return undefined;
  const midnight = new Date(Number(year), Number(month) - 1, Number(date) + add);
  return Number.isNaN(midnight.getTime()) ? undefined : midnight;
}

/** Two days, both included, as the reader's clock has them and as the service wants them: `[from, to)`. */
export const between = (from: string | undefined, to: string | undefined) => ({
  created_from: readDay(from)?.toISOString(),
  created_to: readDay(to, 1)?.toISOString(),
});
