import * as z from 'zod';
import { AUDIT_RETENTION_MIN_SECONDS } from './audit/sweep-expired.ts';
import { isLoopback } from './loopback.ts';

/** RFC 7518 §3.2: a key as long as the hash output, for HS256 and for our own HMAC-SHA256. */
const SECRET_MIN_CHARACTERS = 32;

/** Words found in the secrets of tutorials, and in those somebody meant to change later. */
const EXAMPLE_SECRET =
  /change[-_ ]?(me|this)|your[-_ ]|example|secret[-_ ]?key|placeholder|replace|default|password|1234567890|abcdefghij/i;

/** Google's have 35 characters, GitHub's 40. */
const OAUTH_SECRET_MIN_CHARACTERS = 16;

/** As short as Stripe's ever were. The development's own emulator has others. */
const STRIPE_SECRETS = {
  STRIPE_SECRET_KEY: /^(sk|rk)_(test|live)_(?!emu)\w{24,}$/,
  STRIPE_WEBHOOK_SECRET: /^whsec_(?!emu)[\w+/=]{24,}$/,
} as const;

/** The keys of Stripe's own documentation, and words that no random text has. */
const STRIPE_EXAMPLE = /4eC39HqLyjWDarjtT1zdp7dc|BQokikJOvBiI2HlWgH4olfQ2|secret|dummy|x{6}/i;

const DAY_SECONDS = 86_400;

const secret = z
  .string({ error: 'is missing' })
  .min(SECRET_MIN_CHARACTERS, `is shorter than ${SECRET_MIN_CHARACTERS} characters`);

/** Whether each is a key is for whoever imports it to say. */
const keyList = z
  .string()
  .default('[]')
  .refine(
    isKeyList,
    `must be a JSON array of JWKs and PEMs, or of secrets of at least ${SECRET_MIN_CHARACTERS} characters`,
  );

const text = z.string().min(1, 'is empty');
const seconds = (fallback: number) =>
  z.coerce.number({ error: 'must be seconds' }).int().min(1).default(fallback);
const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'], 'must be true or false')
    .default(fallback ? 'true' : 'false')
    .transform((value) => value === 'true');

/** A base address, without a trailing slash so that paths can be appended. */
const baseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) address' })
  .transform((value) => value.replace(/\/+$/, ''));

const databaseUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// address' });

/** An endpoint of somebody else's; taken as it is. */
const endpoint = z.url({ protocol: /^https?$/, error: 'must be an http(s) address' });

const origins = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  )
  .refine(
    (list) => list.every(isOrigin),
    'must be exact origins separated by commas, like https://app.acme.test',
  );

/** `no-reply@acme.test` or `Acme <no-reply@acme.test>`. */
const mailbox = z
  .string()
  .regex(
    /^([^<>\p{Cc}]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/u,
    'must be a mailbox, like Acme <no-reply@acme.test>',
  );

/** `items=acme_items,secondary=acme_seats`: for each metric the event name of its meter. */
const meters = z
  .string()
  .default('')
  .refine(
    (value) => value === '' || value.split(',').every((item) => /^\s*\w+\s*=\s*[\w.-]{1,100}\s*$/.test(item)),
    'must be metric=event_name pairs separated by commas, like items=acme_items',
  )
  .transform((value): Readonly<Record<string, string>> => {
    const pairs = value.split(',').map((item) => item.split('=').map((part) => part.trim()));
    return Object.fromEntries(value === '' ? [] : pairs);
  });

/** `5/60`: that many requests in that many seconds. */
const rateLimit = (fallback: string) =>
  z
    .string()
    .regex(/^[1-9]\d{0,8}\/[1-9]\d{0,5}$/, 'must be requests/seconds, like 5/60')
    .default(fallback)
    .transform((value) => {
      const [requests = '', window = ''] = value.split('/');
      return { requests: Number(requests), seconds: Number(window) };
    });

const Variables = z.object({
  APP_NAME: text.default('Tollgate'),
  APP_ENV: z.enum(['development', 'test', 'production'], 'must be development, test or production'),
  APP_URL: baseUrl,
  FRONTEND_URL: baseUrl.optional(),
  CORS_ORIGINS: origins,
  DATABASE_URL: databaseUrl,

  ALGORITHM: z.enum(['ES256', 'EdDSA', 'HS256'], 'must be ES256, EdDSA or HS256').default('ES256'),
  ACCESS_SECRET_KEY: secret,
  ACCESS_PREVIOUS_KEYS: keyList,
  ACCESS_TOKEN_EXPIRE: seconds(900),
  REFRESH_SECRET_KEY: secret,
  REFRESH_TOKEN_EXPIRE: seconds(14 * DAY_SECONDS),
  VALIDATION_SECRET_KEY: secret,
  VALIDATION_TOKEN_EXPIRE: seconds(DAY_SECONDS),

  PASSWORD_MIN_LENGTH: z.coerce.number().int().min(8, 'must be at least 8').max(128).default(8),
  PASSWORD_BREACH_CHECK: flag(false),
  HIDE_ACCOUNT_EXISTENCE: flag(false),
  COOKIE_SAMESITE: z.enum(['Lax', 'Strict', 'None'], 'must be Lax, Strict or None').default('Lax'),
  DOCS_ENABLED: flag(true),

  AUDIT_RETENTION: z.coerce
    .number({ error: 'must be seconds' })
    .int()
    .min(AUDIT_RETENTION_MIN_SECONDS, `must be at least ${AUDIT_RETENTION_MIN_SECONDS}, 30 days`)
    .max(100 * 365 * DAY_SECONDS, 'must be at most 100 years')
    .default(365 * DAY_SECONDS),

  RATE_LIMIT_CREDENTIALS: rateLimit('5/60'),
  RATE_LIMIT_DEFAULT: rateLimit('600/60'),

  SMTP_HOST: text.optional(),
  SMTP_PORT: z.coerce.number().int().min(1).max(65_535).default(587),
  SMTP_USER: text.optional(),
  SMTP_PASSWORD: text.optional(),
  MAIL_FROM: mailbox.default('Tollgate <no-reply@localhost>'),

  GOOGLE_CLIENT_ID: text.optional(),
  GOOGLE_CLIENT_SECRET: text.optional(),
  GOOGLE_REDIRECT_URI: endpoint.optional(),
  GOOGLE_AUTH_URL: endpoint.default('https://accounts.google.com/o/oauth2/v2/auth'),
  GOOGLE_TOKEN_URL: endpoint.default('https://oauth2.googleapis.com/token'),
  GOOGLE_USERINFO_URL: endpoint.default('https://openidconnect.googleapis.com/v1/userinfo'),

  GITHUB_CLIENT_ID: text.optional(),
  GITHUB_CLIENT_SECRET: text.optional(),
  GITHUB_REDIRECT_URI: endpoint.optional(),
  GITHUB_AUTHORIZE_URL: endpoint.default('https://github.com/login/oauth/authorize'),
  GITHUB_TOKEN_URL: endpoint.default('https://github.com/login/oauth/access_token'),
  GITHUB_USER_API: endpoint.default('https://api.github.com/user'),
  GITHUB_EMAILS: endpoint.default('https://api.github.com/user/emails'),

  STRIPE_SECRET_KEY: text.optional(),
  STRIPE_PUBLIC_KEY: text.optional(),
  STRIPE_WEBHOOK_SECRET: text.optional(),
  STRIPE_API_URL: endpoint.default('https://api.stripe.com'),
  STRIPE_AUTOMATIC_TAX: flag(false),
  STRIPE_METERS: meters,
  BILLING_GRACE_PERIOD: z.coerce
    .number({ error: 'must be seconds' })
    .int()
    .min(0)
    .default(7 * DAY_SECONDS),

  AI_PROVIDER: z
    .enum(['groq', 'openai-compatible', 'mock'], 'must be groq, openai-compatible or mock')
    .optional(),
  GROQ_API_KEY: text.optional(),
  GROQ_BASE_URL: baseUrl.optional(),
  AI_MODEL: text.default('openai/gpt-oss-120b'),
  AI_DATABASE_URL: databaseUrl.optional(),
  AI_SEND_ROWS: flag(false),
  RATE_LIMIT_AI: rateLimit('10/60'),
});

/** Where codes, tokens, keys and the clients' secrets travel. */
const ENDPOINTS = [
  'GOOGLE_REDIRECT_URI',
  'GOOGLE_AUTH_URL',
  'GOOGLE_TOKEN_URL',
  'GOOGLE_USERINFO_URL',
  'GITHUB_REDIRECT_URI',
  'GITHUB_AUTHORIZE_URL',
  'GITHUB_TOKEN_URL',
  'GITHUB_USER_API',
  'GITHUB_EMAILS',
  'STRIPE_API_URL',
  'GROQ_BASE_URL',
] as const;

/**
 * What the service runs on, checked once and frozen. Lifetimes are in seconds, addresses carry no trailing slash.
 * The names are the variables' own, so that a reader of `.dev.vars.example` can search for them.
 */
export type Settings = Readonly<z.output<typeof Variables>> & { readonly FRONTEND_URL: string };

/** Thrown instead of serving; names every variable that is missing, short or an example. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly variables: readonly string[];

  constructor(problems: ReadonlyMap<string, string>) {
    super(`Refusing to serve: ${[...problems].map(([name, problem]) => `${name} ${problem}`).join('; ')}.`);
    this.variables = [...problems.keys()];
  }
}

/**
 * Reads the settings out of the variables and secrets of the environment. An empty variable counts as not set.
 *
 * @throws {SettingsError} when one is missing, malformed, weak, or not allowed in production
 */
export function readSettings(env: object): Settings {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => typeof value === 'string' && value !== ''),
  );
  const parsed = Variables.safeParse(given);
  const problems = new Map<string, string>();
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0]);
    if (!problems.has(name)) problems.set(name, given[name] === undefined ? 'is missing' : issue.message);
  }
  if (parsed.success) {
    for (const [name, problem] of crossChecks(parsed.data)) problems.set(name, problem);
  }
  if (!parsed.success || problems.size > 0) throw new SettingsError(problems);
  const { APP_URL, FRONTEND_URL = `${APP_URL}/app` } = parsed.data;
  return Object.freeze({ ...parsed.data, FRONTEND_URL });
}

/** The rules that look at more than one variable. */
function* crossChecks(settings: z.output<typeof Variables>): Generator<[string, string]> {
  if (settings.COOKIE_SAMESITE === 'None' && !settings.APP_URL.startsWith('https:')) {
    yield ['COOKIE_SAMESITE', 'None needs an https APP_URL, browsers drop the cookie otherwise'];
  }
  if (settings.ALGORITHM !== 'HS256' && !isPrivateKey(settings.ACCESS_SECRET_KEY, settings.ALGORITHM)) {
    yield ['ACCESS_SECRET_KEY', `is no private ${settings.ALGORITHM} key (a JWK or PKCS#8 PEM)`];
  }
  if (settings.APP_ENV !== 'production') return;

  const secrets = ['ACCESS_SECRET_KEY', 'REFRESH_SECRET_KEY', 'VALIDATION_SECRET_KEY'] as const;
  for (const [index, name] of secrets.entries()) {
    const value = settings[name];
    const twin = secrets.slice(0, index).find((other) => settings[other] === value);
    if (EXAMPLE_SECRET.test(value)) yield [name, 'looks like an example; generate a random one'];
    else if (new Set(value).size < 10) yield [name, 'repeats itself; generate a random one'];
    else if (twin) yield [name, `is the same as ${twin}; one leak would open both`];
  }
  if (!settings.APP_URL.startsWith('https:')) yield ['APP_URL', 'must be https in production'];
  for (const name of ['DATABASE_URL', 'AI_DATABASE_URL'] as const) {
    if (settings[name] && isLoopback(new URL(settings[name]).hostname)) {
      yield [name, 'may be a loopback address in development and test only'];
    }
  }
  if (settings.AI_PROVIDER === 'mock') yield ['AI_PROVIDER', 'may be mock in development and test only'];
  if (settings.SMTP_HOST && isLoopback(settings.SMTP_HOST)) {
    yield ['SMTP_HOST', 'may be a loopback address in development and test only'];
  }
  for (const name of ['GOOGLE_CLIENT_SECRET', 'GITHUB_CLIENT_SECRET'] as const) {
    const value = settings[name];
    if (value === undefined) continue;
    if (EXAMPLE_SECRET.test(value))
      yield [name, 'looks like an example; the provider gives out the real one'];
    else if (value.length < OAUTH_SECRET_MIN_CHARACTERS)
      yield [name, 'is shorter than any the provider gives out'];
  }
  for (const name of ENDPOINTS) {
    const url = settings[name] ? new URL(settings[name]) : undefined;
    if (url && isLoopback(url.hostname)) {
      yield [name, 'may be a loopback address in development and test only'];
    } else if (url && url.protocol !== 'https:') {
      yield [name, 'must be https in production'];
    }
  }
  for (const [name, pattern] of Object.entries(STRIPE_SECRETS) as [keyof typeof STRIPE_SECRETS, RegExp][]) {
    const value = settings[name];
    if (value === undefined) continue;
    if (!pattern.test(value))
      yield [name, `is none that Stripe gives out: it has to match ${pattern.source}`];
    else if (
      EXAMPLE_SECRET.test(value) ||
      STRIPE_EXAMPLE.test(value) ||
      new Set(value.split('_').at(-1)).size < 10
    ) {
      yield [name, 'looks like an example; Stripe gives out the real one'];
    }
  }
  if (settings.SMTP_HOST && settings.MAIL_FROM.includes('@localhost')) {
    yield ['MAIL_FROM', 'must be an address of yours in production'];
  }
}

/** By its looks; a PEM tells its curve only when it is imported. */
function isPrivateKey(value: string, algorithm: 'ES256' | 'EdDSA'): boolean {
  if (value.includes('-----BEGIN PRIVATE KEY-----')) return true;
  try {
    const jwk: unknown = JSON.parse(value);
    const curve = algorithm === 'ES256' ? 'P-256' : 'Ed25519';
    return typeof jwk === 'object' && jwk !== null && 'd' in jwk && 'crv' in jwk && jwk.crv === curve;
  } catch {
    return false;
  }
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value && /^https?:/.test(value);
}

function isKeyList(value: string): boolean {
  try {
    const list: unknown = JSON.parse(value);
    return (
      Array.isArray(list) &&
      list.every((key) =>
        typeof key === 'string'
          ? key.length >= SECRET_MIN_CHARACTERS
          : typeof key === 'object' && key !== null && !Array.isArray(key),
      )
    );
  } catch {
    return false;
  }
}
