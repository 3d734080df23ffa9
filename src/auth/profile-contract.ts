import * as z from 'zod';
import { newEmail, password, User } from './contract.ts';

const name = z
  .string()
  .trim()
  .min(1, 'Must not be empty; send null to clear it.')
  .max(100, 'Must have at most 100 characters.')
  .regex(/^\P{Cc}*$/u, 'Must be on one line.');

const image = z
  .url({ protocol: /^https$/, error: 'Must be an https address.' })
  .max(2_048, 'Must have at most 2048 characters.');

export const Profile = z
  .object({
    user_id: z.uuid(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    profile_img: z.string().nullable(),
    updated_at: z.iso.datetime().meta({ description: "The account's creation where nothing was said yet." }),
  })
  .meta({ id: 'Profile' });

export const ProfilePatch = z
  .object({
    first_name: name.nullish().meta({ example: 'Ada' }),
    last_name: name.nullish().meta({ example: 'Lovelace' }),
    profile_img: image.nullish().meta({ example: 'https://images.acme.test/ada.png' }),
  })
  .meta({ id: 'ProfilePatch', description: 'What is left out stays; null clears.' });

export const EmailChangeRequest = z
  .object({
    new_email: newEmail,
    password: password.optional().meta({
      description: 'May be left out for an account that has none, within ten minutes of signing in.',
    }),
  })
  .meta({ id: 'EmailChangeRequest' });

export const MailedToken = z
  .object({ token: z.string().max(1_024).meta({ description: 'From the mail.' }) })
  .meta({ id: 'MailedToken' });

export const DeleteAccountRequest = z
  .object({ password: password.optional() })
  .meta({ id: 'DeleteAccountRequest', description: 'Nothing within ten minutes of a login.' });

const at = z.iso.datetime();
const maybeAt = at.nullable();

export const AccountExport = z
  .object({
    exported_at: at,
    user: User,
    profile: z
      .object({
        first_name: z.string().nullable(),
        last_name: z.string().nullable(),
        profile_img: z.string().nullable(),
        created_at: at,
        updated_at: at,
      })
      .nullable(),
    store: z
      .object({ platform: z.string(), store_id: z.string() })
      .nullable()
      .meta({ description: 'The store of a platform that made the account.' }),
    identities: z.array(
      z.object({ provider: z.string(), subject: z.string(), email: z.string().nullable(), created_at: at }),
    ),
    sessions: z.array(
      z.object({
        id: z.uuid(),
        created_at: at,
        last_used_at: at,
        expires_at: at,
        revoked_at: maybeAt,
        ip: z.string().nullable(),
        user_agent: z.string().nullable(),
        country: z.string().nullable(),
        city: z.string().nullable(),
      }),
    ),
    links: z.array(
      z.object({ purpose: z.string(), email: z.string(), created_at: at, expires_at: at, used_at: maybeAt }),
    ),
    login_codes: z.array(z.object({ created_at: at, expires_at: at, used_at: maybeAt })),
    api_keys: z.array(
      z.object({
        id: z.uuid(),
        name: z.string(),
        key_prefix: z.string(),
        scopes: z.array(z.string()),
        created_at: at,
        expires_at: maybeAt,
        last_used_at: maybeAt,
        revoked_at: maybeAt,
      }),
    ),
    mails: z.array(
      z.object({
        kind: z.string(),
        recipient: z.string(),
        status: z.string(),
        created_at: at,
        sent_at: maybeAt,
      }),
    ),
    security_events: z
      .array(
        z.object({
          action: z.string(),
          by: z.enum(['account', 'administrator', 'unknown']),
          created_at: at,
          ip: z.string().nullable(),
          user_agent: z.string().nullable(),
        }),
      )
      .meta({
        description: 'The newest 10,000 of what the audit log has. Where from is told of its own acts alone.',
      }),
  })
  .catchall(z.unknown())
  .meta({
    id: 'AccountExport',
    description:
      'Everything held about the account, but for hashes and keys. Where more is held than is named here, such as ' +
      'subscriptions and payments, it stands beside these in lists of its own.',
  });
