import 'vitest';
import type { Stack } from '../e2e/stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** http://127.0.0.1:port of the stand-in for Neon; see dev/database. */
    databaseEndpoint: string;
    /** Whether the tests run on a server of PostgreSQL, and not on the embedded one. */
    realPostgres: boolean;
    /** Google's and GitHub's stand-ins, and one that does as its codes say. */
    providers: { google: string; github: string; odd: string };
    /** http://127.0.0.1:port of the Stripe emulator; see dev/stripe. */
    stripeUrl: string;
    /** http://127.0.0.1:port/v1 of the stand-in for a language model; see dev/language-model. */
    languageModelUrl: string;
    mailbox: { smtpPort: number; webUrl: string };
    /** Of the tests in a browser alone. */
    stack: Stack;
  }
}
