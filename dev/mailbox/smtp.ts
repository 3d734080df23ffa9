import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { LOOPBACK } from '../http.ts';
import type { MailStore } from './store.ts';

const MAX_MESSAGE_BYTES = 25 * 1024 * 1024;

/** A catcher that takes every mail for every address, from this machine only. */
export type SmtpCatcher = {
  readonly port: number;
  /** Refuses that many of the next mails with a temporary error. */
  refuseNext(count: number): void;
  close(): Promise<void>;
};

/** Listens for mails (port 0: any free one); rejects when the port is taken. */
export async function startSmtpCatcher(store: MailStore, port: number): Promise<SmtpCatcher> {
  let refusals = 0;
  const server = new SMTPServer({
    // A client that was offered STARTTLS would stumble over the certificate nobody signed.
    disabledCommands: ['STARTTLS', 'AUTH'],
    authOptional: true,
    disableReverseLookup: true,
    size: MAX_MESSAGE_BYTES,
    closeTimeout: 500,
    logger: false,
    onData(stream, session, callback) {
      receive(stream)
        .then((raw) => {
          if (refusals > 0) {
            refusals -= 1;
            throw temporary('refused on request');
          }
          if (stream.sizeExceeded)
            throw Object.assign(new Error('the mail is too large'), { responseCode: 552 });
          return store.add(raw, envelopeOf(session));
        })
        .then(
          (mail) => callback(null, `kept as ${mail.id}`),
          (error: Error) => callback('responseCode' in error ? error : temporary(error.message)),
        );
    },
  });
  server.listen(port, LOOPBACK);
  await once(server.server, 'listening');
  server.on('error', () => {}); // a client that hung up in the middle of a mail
  return {
    port: (server.server.address() as AddressInfo).port,
    refuseNext(count) {
      refusals = count;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function receive(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function envelopeOf({ envelope }: SMTPServerSession): { from: string; to: string[] } {
  return {
    from: envelope.mailFrom ? envelope.mailFrom.address : '',
    to: envelope.rcptTo.map((recipient) => recipient.address),
  };
}

function temporary(message: string): Error {
  return Object.assign(new Error(message), { responseCode: 451 });
}
