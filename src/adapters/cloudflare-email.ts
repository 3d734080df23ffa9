import { MAIL_TIMEOUT_MS, type Mailer, MailNotAccepted } from '../mail/ports.ts';
import type { Settings } from '../settings.ts';
import { assertAddress, assertOneLine, parseMailbox } from './mail-headers.ts';
import { within } from './within.ts';

/**
 * Sends mail through Cloudflare's own service, by a `send_email` binding.
 *
 * The platform makes the Message-ID itself and refuses one of ours, so a repetition is recognisable by
 * `X-Message-ID` alone: https://developers.cloudflare.com/email-service/reference/headers/
 *
 * `send` throws {@link MailNotAccepted} with the platform's code.
 */
export function createCloudflareMailer(binding: SendEmail, settings: Pick<Settings, 'MAIL_FROM'>): Mailer {
  return {
    async send({ to, subject, html, text, messageId }) {
      const from = parseMailbox(settings.MAIL_FROM);
      const mail: EmailMessageBuilder = {
        from: from.name ? { name: from.name, email: from.email } : from.email,
        to: assertAddress(to),
        subject: assertOneLine(subject),
        html,
        text,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Message-ID': assertOneLine(messageId) },
      };
      try {
        await within(binding.send(mail), 'mail', MAIL_TIMEOUT_MS);
      } catch (error) {
        throw error instanceof MailNotAccepted ? error : new MailNotAccepted(`refused: ${codeOf(error)}`);
      }
    },
  };
}

/** The platform's code (`E_SENDER_NOT_VERIFIED`); its message may name the address. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : 'unknown reason';
}
