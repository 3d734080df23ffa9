import * as z from 'zod';
import { MAIL_STATUSES } from '../mail/store.ts';
import { line, listOf, listQuery } from './contract.ts';

export const MailQuery = listQuery({
  status: z.enum(MAIL_STATUSES, `Must be one of ${MAIL_STATUSES.join(', ')}.`).optional(),
  kind: line(100).optional().meta({ example: 'reset_password' }),
  recipient: line(254).trim().toLowerCase().optional().meta({ description: 'The whole address.' }),
});

const instant = z.iso.datetime();

export const OutboxMail = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    recipient: z.string(),
    status: z.enum(MAIL_STATUSES),
    attempts: z.int(),
    last_error: z.string().nullable(),
    created_at: instant,
    sent_at: instant.nullable(),
  })
  .meta({ id: 'OutboxMail' });
export type OutboxMail = z.infer<typeof OutboxMail>;
export const OutboxMailList = listOf(OutboxMail).meta({ id: 'OutboxMailList' });
