import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startTestDatabases } from '../../dev/database/test-databases.ts';
import { startMailbox } from '../../dev/mailbox/mailbox.ts';

/** Runs once in Node before all tests: what they share is started here, on free ports, and ends with them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'tollgate-test-'));
  const mailbox = await startMailbox({ directory, smtpPort: 0, webPort: 0 });
  const databases = await startTestDatabases({ postgresUrl: process.env.TEST_POSTGRES_URL || undefined });
  project.provide('databaseEndpoint', databases.url);
  project.provide('mailbox', { smtpPort: mailbox.smtpPort, webUrl: mailbox.webUrl });
  return async () => {
    await databases.close();
    await mailbox.close();
    await rm(directory, { recursive: true, force: true });
  };
}
