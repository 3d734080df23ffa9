import { TextInput, type TextInputProps } from '@mantine/core';

/**
 * A day, as `2026-11-20`; the browser's own calendar, which every reader's keyboard, phone and screen reader knows. Years
 * have four digits, the day after too, wherever the reader is.
 */
export function DayInput(props: TextInputProps) {
  return <TextInput type="date" max="9998-12-31" {...props} />;
}
