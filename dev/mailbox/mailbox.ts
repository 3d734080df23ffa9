import { LOOPBACK, listen, stop } from '../http.ts';
import { startSmtpCatcher } from './smtp.ts';
import { MailStore } from './store.ts';
import { createMailboxServer } from './web.ts';

export type MailboxOptions = {
  /** Where the mails are kept. */
  readonly directory: string;
  /** 0 takes any free port. */
  readonly smtpPort: number;
  readonly webPort: number;
};

/** A running mailbox. */
export type Mailbox = {
  readonly smtpPort: number;
  readonly webUrl: string;
  close(): Promise<void>;
};

/** Starts the mailbox of development and tests: it catches every mail sent to its SMTP port and shows it. */
export async function startMailbox(options: MailboxOptions): Promise<Mailbox> {
  const store = await MailStore.open(options.directory);
  const smtp = await startSmtpCatcher(store, options.smtpPort);
  const web = createMailboxServer(store, smtp);
  try {
    const webPort = await listen(web, options.webPort);
    return {
      smtpPort: smtp.port,
      webUrl: `http://${LOOPBACK}:${webPort}`,
      close: async () => {
        await Promise.all([smtp.close(), stop(web)]);
      },
    };
  } catch (error) {
    await smtp.close();
    throw error;
  }
}
