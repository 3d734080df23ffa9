import { createPasswordHasher } from './adapters/argon2.ts';
import { createBillingQueue } from './adapters/billing-queue.ts';
import { createCloudflareMailer } from './adapters/cloudflare-email.ts';
import { createGitHub } from './adapters/github.ts';
import { createGoogle } from './adapters/google.ts';
import { createAccessTokens } from './adapters/jose.ts';
import { createKvCounter } from './adapters/kv-counter.ts';
import { createKvPendingSignIns } from './adapters/kv-pending-sign-ins.ts';
import { createLanguageModel } from './adapters/language-model.ts';
import { createMailQueue } from './adapters/mail-queue.ts';
import { createPlatformCounter } from './adapters/platform-counter.ts';
import { createPwnedPasswords } from './adapters/pwned-passwords.ts';
import { createSmtpMailer } from './adapters/smtp.ts';
import { createStripe } from './adapters/stripe/stripe.ts';
import { createKeyedHash } from './auth/keyed-hash.ts';
import { loginCodeOf } from './auth/login-code.ts';
import type { OAuthDeps } from './auth/oauth-ports.ts';
import { signOneTimeToken } from './auth/one-time-token.ts';
import type { TokenClaims } from './auth/ports.ts';
import { signResetToken } from './auth/reset-token.ts';
import { BILLING_HOLDINGS } from './billing/account-holdings.ts';
import { hasApiAccess } from './billing/api-access.ts';
import { closeBilling } from './billing/close-account.ts';
import { stopRenewing } from './billing/close-account-store.ts';
import { createManualProvider } from './billing/manual-provider.ts';
import { createPlanCache, type PlanCache } from './billing/plan-cache.ts';
import { entitlementClaim } from './billing/plan-in-force.ts';
import type { RefusedWebhooks } from './billing/refused-webhook.ts';
import { openDb } from './db/client.ts';
import type { Deps } from './http/router.ts';
import { logJob, nameOf } from './jobs/log.ts';
import type { CronDeps } from './jobs/run-cron.ts';
import { type Mailer, MailNotAccepted } from './mail/ports.ts';
import { readSettings, type Settings, SettingsError } from './settings.ts';
import { USAGE_HOLDINGS } from './usage/account-holdings.ts';
import { FEATURES, type Features } from './usage/features.ts';
import { METRICS, type Metric, withMeters } from './usage/metrics.ts';
import { readStanding } from './usage/store.ts';

const GROQ_URL = 'https://api.groq.com/openai/v1';

/** What has to be bound, and what may be; variables and secrets stand beside it, as text (settings.ts reads them). */
export type Bindings = {
  readonly KV: KVNamespace;
  readonly MAIL_QUEUE: Queue;
  readonly BILLING_QUEUE: Queue;
  readonly RATE_LIMITER: RateLimit;
  readonly EMAIL?: SendEmail;
  readonly ASSETS?: Fetcher;
};

/**
 * Settings are read once for each environment that the runtime hands over, which is once an isolate. A refusal is
 * not kept, it is found again: nobody should have to restart to see a mended secret.
 */
const read = new WeakMap<object, Settings>();

/** @throws {SettingsError} */
export function settingsOf(env: Bindings): Settings {
  const settings = read.get(env) ?? readSettings(env);
  read.set(env, settings);
  return settings;
}

/** What this isolate knows of the plans, for each configuration. */
const planCaches = new WeakMap<Settings, PlanCache>();

function planCacheOf(settings: Settings): PlanCache {
  const cache = planCaches.get(settings) ?? createPlanCache();
  planCaches.set(settings, cache);
  return cache;
}

/** Likewise of the refusals of webhooks. */
const refusedWebhooks = new WeakMap<Settings, RefusedWebhooks>();

function refusedWebhooksOf(settings: Settings): RefusedWebhooks {
  const known = refusedWebhooks.get(settings) ?? { noted: undefined };
  refusedWebhooks.set(settings, known);
  return known;
}

/** What a deployment may have besides, or instead. */
export type Deployment = {
  /** Everything that is counted, {@link METRICS} when left out. */
  readonly metrics?: readonly Metric[];
  /** What a plan may open, {@link FEATURES} when left out. */
  readonly features?: Features;
  /**
   * Claims that access tokens carry besides, each read as `jsonb` in the statement that begins or continues a session.
   * Their names are addresses of your own, so that they are nobody else's (RFC 7519 §4.2). As old as the token is, and
   * for others to read: the service itself never goes by them.
   */
  readonly userClaims?: Readonly<Record<`https://${string}`, TokenClaims[string]>>;
};

/** Wires the adapters to the ports, for one request. */
export function buildDeps(
  settings: Settings,
  env: Bindings,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
  deployment: Deployment = {},
): Deps {
  const kvCounter = createKvCounter(env.KV, reportTo('kv'));
  const db = openDb(settings.DATABASE_URL, 'for all calls');
  const metrics = metricsOf(settings, deployment);
  const announcements = announcementsOf(env, ctx);
  const billing = {
    settings,
    db,
    validationHash: createKeyedHash(settings.VALIDATION_SECRET_KEY),
    ...announcements,
    ...providersOfPayment(settings, { db, ...announcements }, 'for all calls'),
  };
  return {
    ...billing,
    passwords: createPasswordHasher(),
    ...(settings.PASSWORD_BREACH_CHECK && {
      breachedPasswords: createPwnedPasswords(reportTo('breach_check')),
    }),
    accessTokens: createAccessTokens(settings),
    refreshHash: createKeyedHash(settings.REFRESH_SECRET_KEY),
    mailConfigured: mailerOf(settings, env) !== undefined,
    accountClosing: [(user) => closeBilling(billing, user)],
    accountDeactivated: [stopRenewing],
    accountHoldings: [...BILLING_HOLDINGS, ...USAGE_HOLDINGS],
    planCache: planCacheOf(settings),
    refusedWebhooks: refusedWebhooksOf(settings),
    mayUseKeys: (userId) => hasApiAccess(userId, settings),
    tokenClaims: { ...deployment.userClaims, ent: (userId) => entitlementClaim(userId, settings) },
    metrics,
    features: deployment.features ?? FEATURES,
    readUsage: (userId) => readStanding(userId, { metrics, settings }),
    oauth: { providers: providersOf(settings), pending: createKvPendingSignIns(env.KV, reportTo('kv')) },
    reportingDb: openDb(settings.AI_DATABASE_URL ?? settings.DATABASE_URL, 'for each call'),
    patientDb: openDb(settings.DATABASE_URL, 'for each call'),
    ...languageModelOf(settings),
    credentialCounter: kvCounter,
    requestCounter: createPlatformCounter(env.RATE_LIMITER, kvCounter, reportTo('rate_limiter')),
  };
}

/** The same for the queues' consumers and the cron. */
export function buildJobDeps(
  settings: Settings,
  env: Bindings,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
  deployment: Pick<Deployment, 'metrics'> = {},
): CronDeps {
  const validationHash = createKeyedHash(settings.VALIDATION_SECRET_KEY);
  const db = openDb(settings.DATABASE_URL, 'for each call');
  const announcements = announcementsOf(env, ctx);
  return {
    settings,
    db,
    validationHash,
    metrics: metricsOf(settings, deployment),
    ...announcements,
    ...providersOfPayment(settings, { db, ...announcements }, 'for each call'),
    mailer: mailerOf(settings, env) ?? {
      send: () => Promise.reject(new MailNotAccepted('no way of sending mail is configured')),
    },
    links: {
      // All lead to pages that send the token on: fetching a link, as mail scanners do, changes nothing.
      verifyEmail: async (id) =>
        `${settings.FRONTEND_URL}/verify?token=${await signOneTimeToken(validationHash, 'verify_email', id)}`,
      confirmEmailChange: async (id) =>
        `${settings.FRONTEND_URL}/email-change?token=${await signOneTimeToken(validationHash, 'change_email', id)}`,
      undoEmailChange: async (id) =>
        `${settings.FRONTEND_URL}/email-change/undo?token=${await signOneTimeToken(validationHash, 'undo_email_change', id)}`,
      resetPassword: async (id, subject) =>
        `${settings.FRONTEND_URL}/new-password?token=${await signResetToken(validationHash, id, subject)}`,
      loginCode: (id) => loginCodeOf(validationHash, id),
    },
  };
}

/** What is counted, and what of it is charged for. */
function metricsOf({ STRIPE_METERS }: Settings, { metrics = METRICS }: Deployment): readonly Metric[] {
  try {
    return withMeters(metrics, STRIPE_METERS);
  } catch (error) {
    if (error instanceof RangeError) throw new SettingsError(new Map([['STRIPE_METERS', error.message]]));
    throw error;
  }
}

/** What tells the queues, after the answer and without failing it. */
function announcementsOf(
  env: Bindings,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
): Pick<Deps, 'announceMail' | 'announceBilling' | 'inBackground'> {
  const mail = createMailQueue(env.MAIL_QUEUE);
  const billing = createBillingQueue(env.BILLING_QUEUE);
  return {
    inBackground: (work) => ctx.waitUntil(work),
    announceMail: (id) => ctx.waitUntil(mail.nudge(id).catch(reportTo('mail_queue'))),
    announceBilling: (message) => ctx.waitUntil(billing.nudge(message).catch(reportTo('billing_queue'))),
  };
}

/** SMTP where a host is set, else Cloudflare's own where it is bound. */
function mailerOf(settings: Settings, env: Bindings): Mailer | undefined {
  const { SMTP_HOST } = settings;
  if (SMTP_HOST) return createSmtpMailer({ ...settings, SMTP_HOST });
  return env.EMAIL && createCloudflareMailer(env.EMAIL, settings);
}

/** Where subscriptions are bought, and everything that one may be of. */
function providersOfPayment(
  settings: Settings,
  granting: Parameters<typeof createManualProvider>[0],
  patience: 'for each call' | 'for all calls',
): Pick<Deps, 'providers' | 'seller'> {
  const { STRIPE_SECRET_KEY } = settings;
  const manual = createManualProvider(granting);
  if (!STRIPE_SECRET_KEY) return { providers: { manual } };
  const stripe = createStripe(
    {
      secretKey: STRIPE_SECRET_KEY,
      webhookSecret: settings.STRIPE_WEBHOOK_SECRET,
      apiUrl: settings.STRIPE_API_URL,
      automaticTax: settings.STRIPE_AUTOMATIC_TAX,
    },
    patience,
  );
  return { providers: { manual, stripe }, seller: stripe };
}

/** None where the provider is not chosen, or its address or key is missing. */
function languageModelOf(settings: Settings): Pick<Deps, 'languageModel'> {
  const { AI_PROVIDER, AI_MODEL, GROQ_API_KEY: apiKey, GROQ_BASE_URL } = settings;
  const baseUrl = GROQ_BASE_URL ?? (AI_PROVIDER === 'groq' ? GROQ_URL : undefined);
  if (!AI_PROVIDER || !baseUrl || (AI_PROVIDER === 'groq' && !apiKey)) return {};
  return { languageModel: createLanguageModel({ baseUrl, apiKey, model: AI_MODEL }) };
}

/** The providers with a client id and a secret. */
function providersOf(settings: Settings): OAuthDeps['providers'] {
  const { GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET } = settings;
  const callback = (name: string) => `${settings.APP_URL}/auth/social/callback/${name}`;
  return {
    ...(GOOGLE_CLIENT_ID &&
      GOOGLE_CLIENT_SECRET && {
        google: createGoogle({
          clientId: GOOGLE_CLIENT_ID,
          clientSecret: GOOGLE_CLIENT_SECRET,
          redirectUri: settings.GOOGLE_REDIRECT_URI ?? callback('google'),
          authorizationEndpoint: settings.GOOGLE_AUTH_URL,
          tokenEndpoint: settings.GOOGLE_TOKEN_URL,
          userInfoEndpoint: settings.GOOGLE_USERINFO_URL,
        }),
      }),
    ...(GITHUB_CLIENT_ID &&
      GITHUB_CLIENT_SECRET && {
        github: createGitHub({
          clientId: GITHUB_CLIENT_ID,
          clientSecret: GITHUB_CLIENT_SECRET,
          redirectUri: settings.GITHUB_REDIRECT_URI ?? callback('github'),
          authorizationEndpoint: settings.GITHUB_AUTHORIZE_URL,
          tokenEndpoint: settings.GITHUB_TOKEN_URL,
          userEndpoint: settings.GITHUB_USER_API,
          emailsEndpoint: settings.GITHUB_EMAILS,
        }),
      }),
  };
}

/** What these do is done again by somebody else, or done without: worth a line, not worth failing for. */
const reportTo = (part: string) => (error: unknown) => {
  logJob('error', { part, outcome: 'failed', error: nameOf(error) });
};
