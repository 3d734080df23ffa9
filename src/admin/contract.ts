import * as z from 'zod';
import { PageQuery, pageOf } from '../http/openapi.ts';

/** The envelope of a list that may be too long to be counted. */
export const listOf = <T extends z.ZodType>(item: T) =>
  pageOf(item).extend({
    total_is_estimate: z
      .boolean()
      .optional()
      .meta({ description: 'True: there may be more than `total`. A filtered list is counted to 1000.' }),
  });

/** Text on one line, as a filter has it: what Postgres can't take is refused here. */
export const line = (max: number) =>
  z
    .string()
    .max(max, `Must have at most ${max} characters.`)
    .regex(/^\P{Cc}*$/u, 'Must be on one line.');

export const flag = z
  .enum(['true', 'false'], 'Must be true or false.')
  .transform((value) => value === 'true')
  .meta({ type: 'boolean' });

const instant = z
  .union(
    [z.iso.datetime({ offset: true }), z.iso.date()],
    'Must be a time in ISO 8601 with an offset, or a day.',
  )
  .transform((value) => new Date(value))
  .refine(
    (date) => date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9_999,
    'Must be a time of our era.',
  )
  .meta({ type: 'string', format: 'date-time' });

export const uuid = z.uuid('Must be an id.').transform((id) => id.toLowerCase());

export const created = {
  created_from: instant
    .optional()
    .meta({ type: 'string', format: 'date-time', description: 'From then on; a day begins in UTC.' }),
  created_to: instant.optional().meta({ type: 'string', format: 'date-time', description: 'Before then.' }),
};

/** `?limit=&offset=` and filters. */
export const listQuery = <T extends z.ZodRawShape>(filters: T) => PageQuery.extend(filters);

/** Ids are judged by the use case: one that is none is a 404, like one that is nobody's. */
export const IdPath = z.object({ id: z.string().meta({ format: 'uuid' }) });
