import { TextInput, type TextInputProps } from '@mantine/core';

/** A day, as `2026-11-20`; the browser's own calendar, which every reader's keyboard, phone and screen reader knows. */
export function DayInput(props: TextInputProps) {
  return <TextInput type="date" {...props} />;
}

/** A day in the reader's zone, as `2026-11-20`. */
export function dayOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The first instant of a day where the reader is, as the service wants it. */
export const startOfDay = (day: string): string => new Date(`${day}T00:00:00`).toISOString();

/** The last second of a day where the reader is. */
export const endOfDay = (day: string): string => new Date(`${day}T23:59:59`).toISOString();
