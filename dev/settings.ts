import { resolve } from 'node:path';
import { connectionString } from './database/endpoint.ts';
import { CommandError, PROJECT_ROOT } from './project.ts';

/** Where `npm run dev` puts everything. */
export type DevSettings = {
  readonly workerPort: number;
  readonly databasePort: number;
  readonly smtpPort: number;
  readonly mailboxPort: number;
  readonly googlePort: number;
  readonly githubPort: number;
  readonly stripePort: number;
  readonly languageModelPort: number;
  /** What a restart keeps; absolute. */
  readonly dataDir: string;
  /** A real PostgreSQL to use in place of the embedded one. */
  readonly postgresUrl: string | undefined;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the overrides from the environment. @throws CommandError for a port that is none. */
export function readDevSettings(env: Environment): DevSettings {
  return {
    workerPort: readPort(env, 'PORT', 8787),
    databasePort: readPort(env, 'DEV_DB_PORT', 5488),
    smtpPort: readPort(env, 'DEV_SMTP_PORT', 1025),
    mailboxPort: readPort(env, 'DEV_MAIL_PORT', 1080),
    googlePort: readPort(env, 'DEV_GOOGLE_PORT', 4002),
    githubPort: readPort(env, 'DEV_GITHUB_PORT', 4001),
    stripePort: readPort(env, 'DEV_STRIPE_PORT', 12_111),
    languageModelPort: readPort(env, 'DEV_AI_PORT', 12_434),
    dataDir: resolve(PROJECT_ROOT, env.DEV_DATA_DIR || '.wrangler/tollgate'),
    postgresUrl: postgresUrl(env.DEV_POSTGRES_URL),
  };
}

/** The connection string of the development database: what `DATABASE_URL` is when nobody says otherwise. */
export function developmentDatabaseUrl({ databasePort, postgresUrl }: DevSettings): string {
  const database = postgresUrl ? decodeURIComponent(new URL(postgresUrl).pathname.slice(1)) : 'tollgate';
  return connectionString('tollgate', databasePort, database || 'postgres');
}

function readPort(env: Environment, name: string, otherwise: number): number {
  const text = env[name];
  if (!text) return otherwise;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new CommandError(`${name} must be a port between 1 and 65535, not "${text}".`);
  }
  return port;
}

function postgresUrl(value: string | undefined): string | undefined {
  if (value && !/^postgres(ql)?:$/.test(URL.canParse(value) ? new URL(value).protocol : '')) {
    throw new CommandError('DEV_POSTGRES_URL has to be a postgres:// address.');
  }
  return value || undefined;
}
