import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startTestDatabases } from '../../dev/database/test-databases.ts';
import { startLanguageModel } from '../../dev/language-model/server.ts';
import { startMailbox } from '../../dev/mailbox/mailbox.ts';
import { startGitHub, startGoogle } from '../../dev/providers.ts';
import { startStripeEmulator } from '../../dev/stripe/emulator.ts';
import { startOddProvider } from './odd-provider.ts';

/** Runs once in Node before all tests: what they share is started here, on free ports, and ends with them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'tollgate-test-'));
  const mailbox = await startMailbox({ directory, smtpPort: 0, webPort: 0 });
  const databases = await startTestDatabases({ postgresUrl: process.env.TEST_POSTGRES_URL || undefined });
  project.provide('databaseEndpoint', databases.url);
  project.provide('realPostgres', Boolean(process.env.TEST_POSTGRES_URL));
  const client = (name: string) => ({
    id: 'test-client',
    secret: 'test-client-secret',
    redirectUri: `http://tollgate.test/auth/social/callback/${name}`,
  });
  const google = await startGoogle({ port: 0, client: client('google') });
  const github = await startGitHub({ port: 0, client: client('github') });
  const oddProvider = await startOddProvider();
  project.provide('providers', { google: google.url, github: github.url, odd: oddProvider.url });
  const stripe = await startStripeEmulator({ port: 0 });
  project.provide('stripeUrl', stripe.url);
  const languageModel = await startLanguageModel({ port: 0 });
  project.provide('languageModelUrl', languageModel.url);
  project.provide('mailbox', { smtpPort: mailbox.smtpPort, webUrl: mailbox.webUrl });
  return async () => {
    await Promise.all([
      languageModel.close(),
      google.close(),
      github.close(),
      oddProvider.close(),
      stripe.close(),
    ]);
    await databases.close();
    await mailbox.close();
    await rm(directory, { recursive: true, force: true });
  };
}
