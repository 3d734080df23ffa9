import * as z from 'zod';
import { pageOf } from '../http/openapi.ts';
import { UNMAILED_DOMAIN } from '../mail/unmailed.ts';

export const email = z
  .email('Must be an email address.')
  .max(254, 'Must have at most 254 characters.')
  .regex(/^[^@]{1,64}@/, 'Must have at most 64 characters before the @.')
  .toLowerCase()
  .meta({ example: 'ada@acme.test' });

/** An address for an account to have from now on: one that mail reaches. */
export const newEmail = email.refine(
  (value) => !value.endsWith(`@${UNMAILED_DOMAIN}`),
  'Must be an address that mail reaches.',
);

export const username = z
  .string()
  .min(3, 'Must have at least 3 characters.')
  .max(64, 'Must have at most 64 characters.')
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'May hold letters, digits, dots, dashes and underscores.')
  .meta({ example: 'ada' });

/** A password that is being checked: no rule but the size of what we are willing to hash. */
export const password = z
  .string()
  .min(1, 'Must not be empty.')
  .max(1_024, 'Must have at most 1024 characters.')
  .meta({ example: 'correct horse battery staple' });

export const User = z
  .object({
    id: z.uuid(),
    email: z.string(),
    username: z.string(),
    provider: z.enum(['local', 'google', 'github']),
    is_active: z.boolean(),
    is_verified: z.boolean(),
    is_admin: z.boolean(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;

export const RegisterRequest = z
  .object({
    email: newEmail,
    username,
    password: password.meta({
      description: 'Eight (PASSWORD_MIN_LENGTH) to 128 characters; not the address, not the username.',
    }),
  })
  .meta({ id: 'RegisterRequest' });

export const LoginRequest = z.object({ email, password }).meta({ id: 'LoginRequest' });

const tokenAnswer = {
  token: z.string().meta({ description: 'Send it as `Authorization: Bearer <token>`.' }),
  type: z.literal('Bearer'),
  expires_in: z.int().meta({ description: 'Seconds.' }),
};
export const RefreshResponse = z.object(tokenAnswer).meta({ id: 'RefreshResponse' });
export const LoginResponse = z.object({ ...tokenAnswer, user: User }).meta({ id: 'LoginResponse' });

export const VerifyQuery = z.object({
  token: z.string().meta({ description: 'From the mail.' }),
});

export const LogoutQuery = z.object({
  scope: z.enum(['current', 'others', 'all'], 'Must be current, others or all.').default('current'),
});

export const Session = z
  .object({
    id: z.uuid(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime(),
    ip: z.string().nullable(),
    user_agent: z.string().nullable(),
    device: z.string().nullable().meta({ example: 'Firefox on Windows' }),
    place: z.string().nullable().meta({ example: 'Berlin, DE' }),
    current: z.boolean(),
  })
  .meta({ id: 'Session' });
export const SessionList = pageOf(Session).meta({ id: 'SessionList' });

export const SessionPath = z.object({ id: z.uuid() });

export const PublicKeys = z
  .object({ keys: z.array(z.record(z.string(), z.unknown())) })
  .meta({ id: 'JsonWebKeySet', description: 'RFC 7517.' });
