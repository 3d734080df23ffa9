import * as z from 'zod';
import { SCOPES } from '../auth/scopes.ts';
import { instantToCome } from '../http/instant.ts';
import { pageOf } from '../http/openapi.ts';

const scope = z.enum(SCOPES, `Must be one of ${SCOPES.join(', ')}.`);
const instant = z.iso.datetime();

const expiresAt = instantToCome.nullish().meta({
  type: ['string', 'null'],
  format: 'date-time',
  description: 'Within ten years; null or left out: no end.',
});

export const ApiKeyRequest = z
  .object({
    name: z
      .string()
      .trim()
      .min(1, 'Must not be empty.')
      .max(100, 'Must have at most 100 characters.')
      .regex(/^\P{Cc}*$/u, 'Must be on one line.')
      .meta({ example: 'Warehouse sync' }),
    scopes: z
      .array(scope)
      .max(SCOPES.length * 2, 'Too many.')
      .meta({
        example: ['usage:write'],
        description: 'What the key may do. The last two are for administrators.',
      }),
    expires_at: expiresAt,
  })
  .meta({ id: 'ApiKeyRequest' });

const columns = {
  id: z.uuid(),
  name: z.string(),
  key_prefix: z.string().meta({ description: 'Its first 12 characters.', example: 'tgk_7bT0cWq9' }),
  scopes: z.array(z.string()),
  created_at: instant,
  expires_at: instant.nullable(),
  last_used_at: instant.nullable().meta({ description: 'To the minute.' }),
};
export const ApiKey = z.object(columns).meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;

export const CreatedApiKey = z
  .object({
    ...columns,
    key: z.string().meta({ description: 'Shown this once. Send it as `X-API-Key`.' }),
  })
  .meta({ id: 'CreatedApiKey' });

export const ApiKeyList = pageOf(ApiKey).meta({ id: 'ApiKeyList' });
export const ApiKeyPath = z.object({ id: z.string().meta({ format: 'uuid' }) });
