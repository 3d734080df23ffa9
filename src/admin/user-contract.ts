import * as z from 'zod';
import { ApiKey } from '../api-keys/contract.ts';
import { Session, User } from '../auth/contract.ts';
import { Profile } from '../auth/profile-contract.ts';
import { TIERS } from '../billing/access.ts';
import { created, flag, line, listOf, listQuery } from './contract.ts';

export const SORTS = ['-created_at', 'created_at', 'email', '-email'] as const;

export const UserQuery = listQuery({
  q: line(254)
    .trim()
    .regex(/^$|[\p{L}\p{N}]/u, 'Must have a letter or a digit.')
    .optional()
    .meta({
      description:
        'A part of the address or the username, in any case, or an id. Without three letters or digits in a row it is ' +
        'the beginning.',
    }),
  is_active: flag.optional(),
  is_verified: flag.optional(),
  is_admin: flag.optional(),
  provider: z.enum(['local', 'google', 'github'], 'Must be local, google or github.').optional(),
  plan_code: line(64)
    .optional()
    .meta({ description: 'Of a subscription that grants access now; `free`: of none.' }),
  ...created,
  sort: z.enum(SORTS, `Must be one of ${SORTS.join(', ')}.`).default('-created_at'),
});

const instant = z.iso.datetime();

export const AdminUser = User.extend({
  last_login_at: instant.nullable().meta({
    description: 'Of the sessions that are still known: those that ended are forgotten after 30 days.',
  }),
  locked_until: instant.nullable().meta({ description: 'After too many wrong passwords.' }),
  external_platform: z.string().nullable(),
  external_store_id: z.string().nullable(),
  stripe_customer_id: z.string().nullable(),
}).meta({ id: 'AdminUser' });
export type AdminUser = z.infer<typeof AdminUser>;
export const AdminUserList = listOf(AdminUser).meta({ id: 'AdminUserList' });

export const UserDetails = z
  .object({
    user: AdminUser,
    profile: Profile,
    plan: z
      .object({ code: z.string(), name: z.string(), tier: z.enum(TIERS) })
      .nullable()
      .meta({ description: 'The one in force; null only where there is not even a free one.' }),
    subscriptions_count: z.int(),
    transactions_count: z.int(),
    sessions_count: z.int(),
    api_keys_count: z.int(),
    identities: z.array(z.object({ provider: z.string(), created_at: instant })),
    usage: z.array(
      z.object({
        metric: z.string(),
        used: z.int(),
        limit: z.int().meta({ description: '−1 is unlimited.' }),
      }),
    ),
  })
  .meta({ id: 'UserDetails' });

export const AdminSessionList = listOf(Session.omit({ current: true })).meta({ id: 'AdminSessionList' });
export const AdminApiKeyList = listOf(ApiKey).meta({ id: 'AdminApiKeyList' });

export const StatusRequest = z.strictObject({ is_active: z.boolean() }).meta({ id: 'StatusRequest' });
export const RoleRequest = z.strictObject({ is_admin: z.boolean() }).meta({ id: 'RoleRequest' });
export const Revoked = z.object({ revoked: z.int() }).meta({ id: 'RevokedSessions' });

const id = z.string().meta({ format: 'uuid' });
export const SessionOfUserPath = z.object({ id, session_id: id });
export const KeyOfUserPath = z.object({ id, key_id: id });
