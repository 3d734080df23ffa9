#!/usr/bin/env node
// `npx tollgate-migrate`, where Tollgate is installed as a package: brings the database of DATABASE_URL up to date.
import { connect } from './database/connect.ts';
import { describeDatabaseError } from './database/describe-error.ts';
import { migrate } from './database/migrator.ts';
import { CommandError, MIGRATIONS_FOLDER, runCommand } from './project.ts';

await runCommand(async () => {
  const url = process.env.DATABASE_URL ?? '';
  if (!URL.canParse(url)) throw new CommandError('DATABASE_URL is not a connection string.');
  const applied = await migrate(connect(url), MIGRATIONS_FOLDER).catch((error: unknown) => {
    throw describeDatabaseError(error, url);
  });
  for (const name of applied) console.log(`Applied ${name}.`);
  console.log('The database is up to date.');
});
