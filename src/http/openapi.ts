import * as z from 'zod';
import type { ErrorCode } from '../errors.ts';
import { MEANINGS, Problem } from './problem.ts';

/** `{ "message": "..." }` */
export const Message = z.object({ message: z.string() }).meta({ id: 'Message' });

/** A JSON body that has to be there. */
export const jsonBody = <T extends z.ZodType>(schema: T) =>
  ({ required: true, content: { 'application/json': { schema } } }) as const;

/** A JSON answer. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** What checkBody and the schema may find wrong with a body. */
export const BODY_PROBLEMS = [
  'malformed_body',
  'unsupported_media_type',
  'body_too_large',
  'validation_failed',
] as const satisfies ErrorCode[];

/** What a route that takes an API key may find wrong with it. */
export const KEY_PROBLEMS = [
  'api_key_invalid',
  'ambiguous_credentials',
  'scope_required',
  'plan_required',
] as const satisfies ErrorCode[];

/** What any route with a caller to limit and a database to ask may answer. */
const COMMON_PROBLEMS = [
  'internal_error',
  'rate_limited',
  'database_unavailable',
] as const satisfies ErrorCode[];

/** The failures of a route with those that all share; see {@link problemsOnly}. */
export const problems = (...codes: ErrorCode[]) => problemsOnly(...codes, ...COMMON_PROBLEMS);

/**
 * The failures of a route, as its OpenAPI responses. They are thrown, never returned, so the type says nothing of
 * them: a handler's type is about what it answers itself.
 */
export function problemsOnly(...codes: ErrorCode[]): Record<never, never> {
  const all = new Set<ErrorCode>([...codes, 'malformed_query']);
  if (all.has('invalid_token')) all.add('ambiguous_credentials');
  const byStatus = Map.groupBy(all, (code) => MEANINGS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: [...new Set(group.map(wireCode))].join(', '),
        content: { 'application/problem+json': { schema: Problem } },
      },
    ]),
  );
}

const wireCode = (code: ErrorCode): string => {
  const meaning = MEANINGS[code];
  return `\`${'code' in meaning ? meaning.code : code}\``;
};

/** A whole number in a query string, in digits and nothing else. */
const digits = (fallback: number, min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'Must be a whole number.')
    .transform((text) => Math.min(Number(text), Number.MAX_SAFE_INTEGER))
    .pipe(z.number().min(min, `Must be at least ${min}.`).max(max, `Must be at most ${max}.`))
    .prefault(String(fallback))
    .meta({ type: 'integer', minimum: min, maximum: max, default: fallback });

/** `?limit=&offset=` of a list. */
export const PageQuery = z.object({
  limit: digits(10, 1, 100),
  offset: digits(0, 0, 1_000_000),
});

/** The envelope of a list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.array(item),
    total: z.int(),
    limit: z.int(),
    offset: z.int(),
    next_offset: z.int().nullable(),
    prev_offset: z.int().nullable(),
  });

export function page<T>(data: T[], total: number, { limit, offset }: z.output<typeof PageQuery>) {
  const next = offset + limit;
  return {
    data,
    total,
    limit,
    offset,
    next_offset: next < total ? next : null,
    // From beyond the end back to what there is.
    prev_offset: offset > 0 ? Math.max(0, Math.min(offset, total) - limit) : null,
  };
}
