import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** http://127.0.0.1:port of the stand-in for Neon; see dev/database. */
    databaseEndpoint: string;
    mailbox: { smtpPort: number; webUrl: string };
  }
}
