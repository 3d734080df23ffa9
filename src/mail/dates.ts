/** `20 November 2026, 10:24 UTC`: for what ends at that very minute. */
export function utc(instant: string): string {
  const parts = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC', hourCycle: 'h23' } as const;
  return `${new Intl.DateTimeFormat('en-GB', parts).format(new Date(instant)).replace(' at ', ', ')} UTC`;
}

/** `20 November 2026 (UTC)`: for what happens some time on that day. */
export function utcDay(instant: string): string {
  const parts = { dateStyle: 'long', timeZone: 'UTC' } as const;
  return `${new Intl.DateTimeFormat('en-GB', parts).format(new Date(instant))} (UTC)`;
}
