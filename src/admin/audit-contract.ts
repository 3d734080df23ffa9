import * as z from 'zod';
import { created, line, listOf, listQuery, uuid } from './contract.ts';

export const AuditQuery = listQuery({
  admin_id: uuid.optional().meta({ description: 'Whose acts as an administrator.' }),
  user_id: uuid.optional().meta({ description: 'Whose acts, and what was done to the account.' }),
  target_type: line(64).optional().meta({ example: 'user' }),
  target_id: line(255).optional(),
  action: z
    .string()
    .max(64, 'Must have at most 64 characters.')
    .regex(/^(?=.)[a-z_.]*\*?$/, 'Must be an action, or how some begin and a *.')
    .optional()
    .meta({ description: 'One, or all that begin alike: `auth.*`.', example: 'auth.login' }),
  ...created,
});

const image = z.unknown().nullable();

export const AuditLog = z
  .object({
    id: z.uuid(),
    admin_id: z.uuid().nullable().meta({ description: 'Who did it as an administrator.' }),
    admin_email: z.string().nullable().meta({ description: 'Null, too, when the account is gone.' }),
    user_id: z
      .uuid()
      .nullable()
      .meta({ description: 'Who did it for itself; null where nobody knows who it was.' }),
    user_email: z.string().nullable(),
    action: z.string(),
    target_type: z.string(),
    target_id: z.string(),
    before: image,
    after: image,
    request_id: z.string().nullable(),
    ip: z.string().nullable(),
    user_agent: z.string().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'AuditLog' });

export const AuditLogList = listOf(AuditLog).meta({ id: 'AuditLogList' });
