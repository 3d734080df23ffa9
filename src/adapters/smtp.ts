import { connect } from 'cloudflare:sockets';
import { Email } from 'worker-mailer';
import { isLoopback } from '../loopback.ts';
import { MAIL_TIMEOUT_MS, type Mailer, type MailMessage, MailNotAccepted } from '../mail/ports.ts';
import type { Settings } from '../settings.ts';
import { assertAddress, assertOneLine, formatMailbox, formatText, parseMailbox } from './mail-headers.ts';
import { type Dial, SmtpConnection } from './smtp-connection.ts';
import { within } from './within.ts';

/** Implicit TLS (RFC 8314 §7.3). */
const SMTPS_PORT = 465;

export type SmtpSettings = Pick<
  Settings,
  'APP_URL' | 'MAIL_FROM' | 'SMTP_PORT' | 'SMTP_USER' | 'SMTP_PASSWORD'
> & { readonly SMTP_HOST: string };

/**
 * Sends mail through an SMTP server, one connection a mail (a Worker can't keep one between invocations).
 *
 * Anything but loopback needs TLS, from the start on port 465 and by STARTTLS else (RFC 8314 §3): the mails carry
 * links that open accounts, and whoever can strip an optional STARTTLS could read them.
 *
 * The MIME parts are worker-mailer's, the conversation is not: its reader goes round for ever, and takes the whole
 * isolate with it, once a server hangs up without a word (1.2.1, no `done` check), and it can't insist on TLS.
 *
 * `send` throws {@link MailNotAccepted}, naming the step and the status.
 */
export function createSmtpMailer(settings: SmtpSettings, dial: Dial = connect): Mailer {
  return {
    async send(message) {
      const from = parseMailbox(settings.MAIL_FROM);
      const recipient = assertAddress(message.to);
      const data = mimeOf(message, formatMailbox(from), recipient, from.email);
      const secure = settings.SMTP_PORT === SMTPS_PORT;
      const address = { hostname: settings.SMTP_HOST, port: settings.SMTP_PORT };
      const connection = new SmtpConnection(dial, address, secure ? 'now' : 'later');
      try {
        const conversation = converse(connection, settings, { sender: from.email, recipient, data });
        await within(conversation, 'mail', MAIL_TIMEOUT_MS);
      } finally {
        await connection.close();
      }
    },
  };
}

type Submission = { readonly sender: string; readonly recipient: string; readonly data: string };

/** RFC 5321 §4.1.4, up to the 250 that makes the mail the server's. */
async function converse(connection: SmtpConnection, settings: SmtpSettings, mail: Submission): Promise<void> {
  const hello = `EHLO ${ourName(settings.APP_URL)}`;
  await connection.greeting();
  let features = (await connection.command(hello, 'EHLO')).text;
  // Over loopback there is no wire to protect, and the certificate would be a self-signed one.
  if (settings.SMTP_PORT !== SMTPS_PORT && !isLoopback(settings.SMTP_HOST)) {
    if (!/^250[ -]STARTTLS\s*$/im.test(features)) throw new MailNotAccepted('server offers no TLS');
    await connection.command('STARTTLS', 'STARTTLS');
    connection.startTls();
    features = (await connection.command(hello, 'EHLO')).text;
  }
  await authenticate(connection, settings, features);
  await connection.command(`MAIL FROM:<${mail.sender}>`, 'MAIL');
  await connection.command(`RCPT TO:<${mail.recipient}>`, 'RCPT');
  await connection.command('DATA', 'DATA', '3');
  await connection.command(mail.data, 'mail data');
}

/** Logs in where there is an account and the server asks for one; it says 530 itself when it needs more. */
async function authenticate(
  connection: SmtpConnection,
  settings: SmtpSettings,
  features: string,
): Promise<void> {
  const mechanisms = /^250[ -]AUTH[ =](.*)$/im.exec(features)?.[1]?.toUpperCase().split(/\s+/) ?? [];
  const { SMTP_USER: user, SMTP_PASSWORD: password = '' } = settings;
  if (!user || mechanisms.length === 0) return;
  if (mechanisms.includes('PLAIN')) {
    await connection.command(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`, 'AUTH');
  } else if (mechanisms.includes('LOGIN')) {
    await connection.command('AUTH LOGIN', 'AUTH', '3');
    await connection.command(base64(user), 'AUTH', '3');
    await connection.command(base64(password), 'AUTH');
  } else {
    throw new MailNotAccepted('server offers no AUTH mechanism of ours');
  }
}

/** The mail as it goes over the wire, dots stuffed and ended. Every header that holds a value of ours is given. */
function mimeOf(message: MailMessage, from: string, to: string, sender: string): string {
  const { subject, text, html } = message;
  const headers = {
    From: from,
    To: to,
    Subject: formatText(assertOneLine(subject)),
    Date: new Date().toUTCString().replace('GMT', '+0000'),
    'Message-ID': assertOneLine(message.messageId),
    'Auto-Submitted': 'auto-generated',
  };
  return new Email({ from: sender, to, subject, text, html, headers }).getEmailData();
}

/** How we introduce ourselves; a bare address has to stand in brackets (RFC 5321 §4.1.3). */
function ourName(appUrl: string): string {
  const { hostname } = new URL(appUrl);
  return /^[\d.]+$/.test(hostname) ? `[${hostname}]` : hostname.replace(/^\[/, '[IPv6:');
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
