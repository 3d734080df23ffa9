import { type NeonQueryFunction, neon, neonConfig } from '@neondatabase/serverless';
import { neonFetchEndpoint } from '../../src/db/endpoint.ts';

neonConfig.fetchEndpoint = neonFetchEndpoint;

/** Neon's driver as the command-line tools use it: one statement or one batch per HTTP request. */
export type Sql = NeonQueryFunction<false, false>;

/** Opens a connection string, on Neon or on this machine. Nothing is sent before the first statement. */
export function connect(databaseUrl: string): Sql {
  return neon(databaseUrl);
}
