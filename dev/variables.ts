import { type DevSettings, developmentDatabaseUrl, type Environment } from './settings.ts';

/** Every variable and secret that may configure the Worker; `.dev.vars.example` explains them. */
export const WORKER_VARIABLES: readonly string[] = `
  APP_NAME APP_ENV APP_URL FRONTEND_URL CORS_ORIGINS DATABASE_URL
  ALGORITHM ACCESS_SECRET_KEY ACCESS_PREVIOUS_KEYS ACCESS_TOKEN_EXPIRE REFRESH_SECRET_KEY REFRESH_TOKEN_EXPIRE
  VALIDATION_SECRET_KEY VALIDATION_TOKEN_EXPIRE
  PASSWORD_MIN_LENGTH PASSWORD_BREACH_CHECK HIDE_ACCOUNT_EXISTENCE COOKIE_SAMESITE DOCS_ENABLED
  AUDIT_RETENTION RATE_LIMIT_CREDENTIALS RATE_LIMIT_DEFAULT
  SMTP_HOST SMTP_PORT SMTP_USER SMTP_PASSWORD MAIL_FROM
  GOOGLE_CLIENT_ID GOOGLE_CLIENT_SECRET GOOGLE_REDIRECT_URI GOOGLE_AUTH_URL GOOGLE_TOKEN_URL GOOGLE_USERINFO_URL
  GITHUB_CLIENT_ID GITHUB_CLIENT_SECRET GITHUB_REDIRECT_URI GITHUB_AUTHORIZE_URL GITHUB_TOKEN_URL
  GITHUB_USER_API GITHUB_EMAILS
  STRIPE_SECRET_KEY STRIPE_PUBLIC_KEY STRIPE_WEBHOOK_SECRET STRIPE_API_URL
  STRIPE_AUTOMATIC_TAX STRIPE_METERS BILLING_GRACE_PERIOD
  AI_PROVIDER GROQ_API_KEY GROQ_BASE_URL AI_MODEL AI_DATABASE_URL AI_SEND_ROWS RATE_LIMIT_AI
`
  .trim()
  .split(/\s+/);

/**
 * What the Worker is given. The environment wins over `.dev.vars`, which wins over the addresses of what this run
 * starts: those are computed anew each time, so that another port is one variable and not an edited file.
 */
export function workerVariables(
  env: Environment,
  devVars: Environment,
  settings: DevSettings,
): Record<string, string> {
  const computed = {
    APP_ENV: 'development',
    APP_URL: `http://localhost:${settings.workerPort}`,
    DATABASE_URL: developmentDatabaseUrl(settings),
    MAIL_FROM: 'Tollgate <no-reply@tollgate.localhost>',
  };
  const fromEnvironment = Object.entries(env).filter(([name]) => WORKER_VARIABLES.includes(name));
  const fromFile = filled(Object.entries(devVars));
  const withProviders = providers(env, mailServer(env, fromFile, settings), settings);
  const fromFileAndRun = languageModel(env, stripe(env, withProviders, settings), settings);
  return { ...computed, ...fromFileAndRun, ...set(fromEnvironment) };
}

// A port or a password without a host, as in a copy of the example file, is not about the mailbox of this run.
function mailServer(
  env: Environment,
  fromFile: Record<string, string>,
  { smtpPort }: DevSettings,
): Record<string, string> {
  if (env.SMTP_HOST || fromFile.SMTP_HOST) return fromFile;
  const others = Object.entries(fromFile).filter(([name]) => !name.startsWith('SMTP_'));
  return { ...Object.fromEntries(others), SMTP_HOST: '127.0.0.1', SMTP_PORT: String(smtpPort) };
}

// Likewise endpoints without a client are not about the emulators of this run. A client of one's own is: with it, the
// real provider is meant, at its own addresses. The browser is sent to a name, the Worker to a number that needs no
// resolving.
function providers(
  env: Environment,
  fromFile: Record<string, string>,
  { googlePort, githubPort }: DevSettings,
): Record<string, string> {
  const google = `127.0.0.1:${googlePort}`;
  const github = `127.0.0.1:${githubPort}`;
  const emulated = {
    GOOGLE_CLIENT_ID: 'tollgate-development',
    GOOGLE_CLIENT_SECRET: 'known-to-the-emulator-alone',
    GOOGLE_AUTH_URL: `http://localhost:${googlePort}/o/oauth2/v2/auth`,
    GOOGLE_TOKEN_URL: `http://${google}/oauth2/token`,
    GOOGLE_USERINFO_URL: `http://${google}/oauth2/v2/userinfo`,
    GITHUB_CLIENT_ID: 'tollgate-development',
    GITHUB_CLIENT_SECRET: 'known-to-the-emulator-alone',
    GITHUB_AUTHORIZE_URL: `http://localhost:${githubPort}/login/oauth/authorize`,
    GITHUB_TOKEN_URL: `http://${github}/login/oauth/access_token`,
    GITHUB_USER_API: `http://${github}/user`,
    GITHUB_EMAILS: `http://${github}/user/emails`,
  };
  const own = ['GOOGLE_', 'GITHUB_'].filter(
    (prefix) => env[`${prefix}CLIENT_ID`] || fromFile[`${prefix}CLIENT_ID`],
  );
  const isOwn = (name: string) => own.some((prefix) => name.startsWith(prefix));
  return {
    ...Object.fromEntries(Object.entries(fromFile).filter(([name]) => isOwn(name) || !(name in emulated))),
    ...Object.fromEntries(Object.entries(emulated).filter(([name]) => !isOwn(name))),
  };
}

// Likewise the address of an API without a key of one's own is not about the emulator of this run.
function stripe(
  env: Environment,
  fromFile: Record<string, string>,
  { stripePort }: DevSettings,
): Record<string, string> {
  if (env.STRIPE_SECRET_KEY || fromFile.STRIPE_SECRET_KEY) return fromFile;
  return {
    ...fromFile,
    STRIPE_SECRET_KEY: 'sk_test_emulator_development',
    STRIPE_API_URL: `http://127.0.0.1:${stripePort}`,
  };
}

// Likewise an address or a key without a provider is not about the stand-in of this run.
function languageModel(
  env: Environment,
  fromFile: Record<string, string>,
  { languageModelPort }: DevSettings,
): Record<string, string> {
  if (env.AI_PROVIDER || fromFile.AI_PROVIDER) return fromFile;
  const { GROQ_API_KEY: _, ...others } = fromFile;
  return { ...others, AI_PROVIDER: 'mock', GROQ_BASE_URL: `http://127.0.0.1:${languageModelPort}/v1` };
}

// A line like `SMTP_HOST=` left over from the example file says nothing.
function filled(entries: [string, string | undefined][]): Record<string, string> {
  return set(entries.filter(([, value]) => value !== ''));
}

// In the environment an empty value is a decision.
function set(entries: [string, string | undefined][]): Record<string, string> {
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
