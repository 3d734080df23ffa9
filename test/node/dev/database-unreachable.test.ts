import { expect, test } from 'vitest';
import { connect } from '../../../dev/database/connect.ts';
import { startDatabaseEndpoint } from '../../../dev/database/endpoint.ts';
import { openPostgres } from '../../../dev/database/postgres.ts';

test('answers like Neon without a compute when no PostgreSQL is behind it', async () => {
  const server = openPostgres('postgres://postgres@127.0.0.1:1/postgres', 'tollgate');
  const endpoint = await startDatabaseEndpoint({ server, port: 0 });
  try {
    const sql = connect(endpoint.connectionString('postgres'));
    const error = await sql`select 1`.catch((caught: unknown) => caught);
    expect(String(error)).toContain('HTTP status 500');
    expect((error as { code?: string }).code).toBeUndefined();
  } finally {
    await endpoint.close();
  }
});
