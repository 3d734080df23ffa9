// `npm run db:migrate`: brings a database up to date, Neon's or the development one.
import { withDatabase } from './command-database.ts';
import { migrate } from './database/migrator.ts';
import { MIGRATIONS_FOLDER, runCommand } from './project.ts';

await runCommand(() =>
  withDatabase(async (sql, database) => {
    const applied = await migrate(sql, MIGRATIONS_FOLDER);
    for (const name of applied) console.log(`Applied ${name}.`);
    console.log(`${database} is up to date.`);
  }),
);
