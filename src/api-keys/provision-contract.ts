import * as z from 'zod';
import { newEmail, User, username } from '../auth/contract.ts';

const external = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'Must not be empty.')
    .max(max, `Must have at most ${max} characters.`)
    .regex(/^\P{Cc}*$/u, 'Must be on one line.');

export const ProvisionRequest = z
  .object({
    email: newEmail,
    username: username.optional().meta({ description: 'Left out: made from the address.' }),
    external_platform: external(64)
      .toLowerCase()
      .meta({ example: 'shopfront', description: 'The platform; upper and lower case are the same.' }),
    external_store_id: external(200).meta({
      example: 'store-4711',
      description: 'Its own id for the store.',
    }),
    plan_code: z
      .string()
      .max(100, 'Must have at most 100 characters.')
      .optional()
      .meta({ example: 'pro', description: 'Granted without payment; left out: the free plan.' }),
  })
  .meta({ id: 'ProvisionRequest' });

export const ProvisionResponse = z
  .object({
    user: User,
    created: z.boolean().meta({ description: 'False when the store had an account already.' }),
    api_key: z.string().optional().meta({
      description: "The account's first key, shown this once. Missing where its plan has no API access.",
    }),
  })
  .meta({ id: 'ProvisionResponse' });
