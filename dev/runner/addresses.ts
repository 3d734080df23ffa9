import { relative } from 'node:path';
import { PROJECT_ROOT } from '../project.ts';
import type { DevSettings } from '../settings.ts';

/** The table `npm run dev` ends its start with: what runs where, and which variable moves it. */
export function addressTable(settings: DevSettings, databaseUrl: string, embedded: boolean): string {
  const worker = `http://localhost:${settings.workerPort}`;
  const rows: [what: string, where: string, moved: string][] = [
    ['Worker', worker, 'PORT'],
    ['Pages', `${worker}/app/`, ''],
    ['API reference', `${worker}/docs`, ''],
    ...databaseRows(settings, databaseUrl, embedded),
    ['Mailbox', `http://localhost:${settings.mailboxPort}`, 'DEV_MAIL_PORT'],
    ['SMTP', `127.0.0.1:${settings.smtpPort}`, 'DEV_SMTP_PORT'],
    ['Google sign-in', `http://localhost:${settings.googlePort}`, 'DEV_GOOGLE_PORT'],
    ['GitHub sign-in', `http://localhost:${settings.githubPort}`, 'DEV_GITHUB_PORT'],
    ['Stripe', `http://localhost:${settings.stripePort}`, 'DEV_STRIPE_PORT'],
    ['Language model', `http://localhost:${settings.languageModelPort}/v1`, 'DEV_AI_PORT'],
    ['Data', relative(PROJECT_ROOT, settings.dataDir) || '.', 'DEV_DATA_DIR, dropped by --fresh'],
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return ['', 'Tollgate is up:', '', ...lines.map((line) => `  ${line}`), '', '  Ctrl-C stops it.', ''].join(
    '\n',
  );
}

function databaseRows(
  settings: DevSettings,
  databaseUrl: string,
  embedded: boolean,
): [string, string, string][] {
  const { host, pathname } = new URL(databaseUrl);
  if (!embedded) return [['Database', host + pathname, 'DATABASE_URL']];
  return [
    ['Database', `http://127.0.0.1:${settings.databasePort}/sql`, 'DEV_DB_PORT'],
    ['', databaseUrl, 'DATABASE_URL'],
  ];
}
