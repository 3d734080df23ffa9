import * as z from 'zod';
import { TIERS } from './access.ts';
import { Plan } from './contract.ts';

/** What Postgres can count to. */
const INT_MAX = 2_147_483_647;
const PRICE_MAX_CENTS = 99_999_999;
const TRIAL_MAX_DAYS = 730;

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

const name = z
  .string()
  .trim()
  .min(1, 'Must not be empty.')
  .max(100, 'Must have at most 100 characters.')
  .refine(
    (text) => !/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(text),
    'Must be on one line, of plain text.',
  )
  .meta({ example: 'Team' });

const code = z
  .string()
  .max(50, 'Must have at most 50 characters.')
  .regex(/^[a-z0-9]+([-_][a-z0-9]+)*$/, 'Must be lower-case letters and digits, with dashes between them.')
  .meta({ example: 'team-yearly', description: 'What clients know it by; no second plan ever gets it.' });

const wholeNumber = (min: number, max: number) =>
  z.int('Must be a whole number.').min(min, `Must be at least ${min}.`).max(max, `Must be at most ${max}.`);

const terms = {
  price_cents: wholeNumber(0, PRICE_MAX_CENTS).meta({
    description: 'In the smallest unit of the currency.',
    example: 4_900,
  }),
  currency: z
    .string()
    .toUpperCase()
    .refine((value) => CURRENCIES.has(value), 'Must be a currency, as ISO 4217 writes it.')
    .meta({ example: 'USD' }),
  billing_period: z.enum(['monthly', 'yearly'], 'Must be monthly or yearly.'),
  tier: z.enum(TIERS, `Must be ${TIERS.join(', ')}.`),
  trial_days: wholeNumber(0, TRIAL_MAX_DAYS),
};

const limit = wholeNumber(-1, INT_MAX).meta({ description: '−1 is unlimited.' });
const limits = z.object({
  max_items: limit,
  max_secondary: limit,
  api_access: z.boolean('Must be true or false.'),
});

export const PlanList = z.array(Plan);

export const PlanRequest = z
  .object({
    name,
    code,
    ...terms,
    trial_days: terms.trial_days.default(0),
    limits: limits.extend({ api_access: limits.shape.api_access.default(true) }),
  })
  .meta({ id: 'PlanRequest' });
export type PlanRequest = z.output<typeof PlanRequest>;

export const PlanPatch = z
  .object({
    name,
    code,
    ...terms,
    limits: limits.partial(),
    is_active: z.literal(true, 'DELETE takes a plan off sale.'),
  })
  .partial()
  .meta({
    id: 'PlanPatch',
    description: 'What is left out stays, also of the limits. `code` can not be changed, only repeated.',
  });
export type PlanPatch = z.output<typeof PlanPatch>;

/** Not checked here: what is no id names no plan. */
export const PlanPath = z.object({ id: z.string().meta({ format: 'uuid' }) });
