import { isLoopback } from '../loopback.ts';

/**
 * The address Neon's driver sends its SQL to (`neonConfig.fetchEndpoint`).
 *
 * Every real host follows the driver's own rule, `ep-x.eu.neon.tech` → `https://api.eu.neon.tech/sql`; a loopback
 * host is the stand-in of `npm run dev` and the tests, which answers plain HTTP on the port of the connection string.
 */
export function neonFetchEndpoint(host: string, port: number | string): string {
  return isLoopback(host)
    ? `http://${host}:${port || 5432}/sql`
    : `https://${host.replace(/^[^.]+\./, 'api.')}/sql`;
}
