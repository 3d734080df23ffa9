import { buildAssets } from '../assets.ts';
import { connect } from '../database/connect.ts';
import { describeDatabaseError } from '../database/describe-error.ts';
import { startDatabaseEndpoint } from '../database/endpoint.ts';
import { migrate } from '../database/migrator.ts';
import { openPGliteDirectory } from '../database/pglite.ts';
import { openPostgres } from '../database/postgres.ts';
import { startLanguageModel } from '../language-model/server.ts';
import { startMailbox } from '../mailbox/mailbox.ts';
import { CommandError, DEV_VARS_FILE, MIGRATIONS_FOLDER } from '../project.ts';
import { startGitHub, startGoogle } from '../providers.ts';
import { addMissingSecrets, readDevVars } from '../secrets.ts';
import { type DevSettings, type Environment, readDevSettings } from '../settings.ts';
import { startStripeEmulator } from '../stripe/emulator.ts';
import { workerVariables } from '../variables.ts';
import { addressTable } from './addresses.ts';
import { startCron } from './cron.ts';
import { type DataDir, takeDataDir } from './data-dir.ts';
import type { Closers } from './lifecycle.ts';
import { claimPorts } from './ports.ts';
import { killLeftovers } from './process-group.ts';
import { waitUntilReady } from './ready.ts';
import { startWorker } from './worker.ts';

// The ports of a run that was killed come free when its last process is gone.
const PATIENCE_AFTER_KILL_MS = 5_000;

/** Starts the development environment. Every part it starts is in `closers` by the time the next one starts. */
export async function startDevelopment(
  env: Environment,
  { fresh }: { fresh: boolean },
  closers: Closers,
): Promise<{ ended: Promise<string> }> {
  const settings = readDevSettings(env);
  const added = await addMissingSecrets(DEV_VARS_FILE, env);
  if (added.length > 0) console.log(`Generated ${added.join(', ')} into .dev.vars.`);
  const variables = workerVariables(env, await readDevVars(DEV_VARS_FILE), settings);
  const databaseUrl = variables.DATABASE_URL ?? '';
  const embedded = isOurs(databaseUrl, settings);

  const data = await takeDataDir(settings.dataDir, fresh);
  closers.push(() => data.release());
  const wasKilled = killLeftovers(data.workerGroup);
  await claimPorts(wantedPorts(settings, embedded), wasKilled ? PATIENCE_AFTER_KILL_MS : 0);

  await buildAssets();
  if (embedded) await startDatabase(settings, databaseUrl, data, closers);
  if (databaseUrl) await bringUpToDate(databaseUrl);

  const mailbox = await startMailbox({
    directory: data.mailbox,
    smtpPort: settings.smtpPort,
    webPort: settings.mailboxPort,
  });
  closers.push(() => mailbox.close());

  await startProviders(settings, variables, closers);
  await startStripe(settings, variables, data, closers);
  const languageModel = await startLanguageModel({ port: settings.languageModelPort });
  closers.push(() => languageModel.close());

  const worker = await startWorker({
    port: settings.workerPort,
    // With the rights that the service has in a deployment; migrations and tools are the owner.
    variables:
      embedded && !settings.postgresUrl ? { ...variables, DATABASE_URL: asService(databaseUrl) } : variables,
    persistTo: data.worker,
    logs: data.logs,
    groupFile: data.workerGroup,
  });
  closers.push(() => worker.stop());

  const workerUrl = `http://localhost:${settings.workerPort}`;
  await Promise.race([waitUntilReady(workerUrl), worker.ended.then(fail)]);
  closers.push(startCron(workerUrl));
  console.log(addressTable(settings, databaseUrl, embedded));
  return worker;
}

/** Google's and GitHub's stand-ins; they know the client that the Worker is given. */
async function startProviders(
  { googlePort, githubPort }: DevSettings,
  variables: Readonly<Record<string, string>>,
  closers: Closers,
): Promise<void> {
  const client = (name: 'GOOGLE' | 'GITHUB') => ({
    id: variables[`${name}_CLIENT_ID`] ?? '',
    secret: variables[`${name}_CLIENT_SECRET`] ?? '',
    redirectUri:
      variables[`${name}_REDIRECT_URI`] || `${variables.APP_URL}/auth/social/callback/${name.toLowerCase()}`,
  });
  const google = await startGoogle({ port: googlePort, client: client('GOOGLE') });
  closers.push(() => google.close());
  const github = await startGitHub({ port: githubPort, client: client('GITHUB') });
  closers.push(() => github.close());
}

/** Stripe's stand-in. It signs with the secret that the Worker was given, and speaks only to a Worker that calls it. */
async function startStripe(
  { stripePort: port, workerPort }: DevSettings,
  variables: Readonly<Record<string, string>>,
  data: DataDir,
  closers: Closers,
): Promise<void> {
  const isCalled = isAt(variables.STRIPE_API_URL ?? '', port);
  const stripe = await startStripeEmulator({
    port,
    hostname: 'localhost',
    dataDir: data.stripe,
    ...(isCalled && { webhookUrl: `http://localhost:${workerPort}/billing/stripe/webhook` }),
    ...(variables.STRIPE_WEBHOOK_SECRET && { webhookSecret: variables.STRIPE_WEBHOOK_SECRET }),
  });
  closers.push(() => stripe.close());
}

function fail(reason: string): never {
  throw new CommandError(reason);
}

/** A connection string with the role of the service in the place of the owner. */
function asService(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.username = url.password = 'tollgate_app';
  return url.href;
}

/** Whether a connection string points at the endpoint this run is to start. */
function isOurs(databaseUrl: string, { databasePort }: DevSettings): boolean {
  return isAt(databaseUrl, databasePort);
}

function isAt(url: string, wantedPort: number): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, port } = new URL(url);
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname) && port === String(wantedPort);
}

async function startDatabase(
  settings: DevSettings,
  databaseUrl: string,
  data: DataDir,
  closers: Closers,
): Promise<void> {
  const { username, pathname } = new URL(databaseUrl);
  const owner = decodeURIComponent(username);
  const server = settings.postgresUrl
    ? openPostgres(settings.postgresUrl, owner)
    : await openPGliteDirectory(data.database, { name: decodeURIComponent(pathname.slice(1)), owner });
  const endpoint = await startDatabaseEndpoint({ server, port: settings.databasePort });
  closers.push(() => endpoint.close());
}

async function bringUpToDate(databaseUrl: string): Promise<void> {
  try {
    const applied = await migrate(connect(databaseUrl), MIGRATIONS_FOLDER);
    for (const name of applied) console.log(`Applied migration ${name}.`);
  } catch (error) {
    throw describeDatabaseError(error, databaseUrl);
  }
}

function wantedPorts(settings: DevSettings, embedded: boolean) {
  return [
    { port: settings.workerPort, purpose: 'the Worker', variable: 'PORT' },
    ...(embedded ? [{ port: settings.databasePort, purpose: 'the database', variable: 'DEV_DB_PORT' }] : []),
    { port: settings.smtpPort, purpose: 'SMTP', variable: 'DEV_SMTP_PORT' },
    { port: settings.mailboxPort, purpose: 'the mailbox', variable: 'DEV_MAIL_PORT' },
    { port: settings.googlePort, purpose: "Google's stand-in", variable: 'DEV_GOOGLE_PORT' },
    { port: settings.githubPort, purpose: "GitHub's stand-in", variable: 'DEV_GITHUB_PORT' },
    { port: settings.stripePort, purpose: 'the Stripe emulator', variable: 'DEV_STRIPE_PORT' },
    {
      port: settings.languageModelPort,
      purpose: 'the stand-in for a language model',
      variable: 'DEV_AI_PORT',
    },
  ];
}
