import { describe, expect, inject, it } from 'vitest';
import { createSmtpMailer } from '../../src/adapters/smtp.ts';

const settings = {
  APP_URL: 'https://auth.acme.test',
  MAIL_FROM: 'Tollgate <no-reply@acme.test>',
  SMTP_HOST: 'mail.acme.test',
  SMTP_PORT: 587,
  SMTP_USER: undefined,
  SMTP_PASSWORD: undefined,
};
const mail = {
  to: 'ada@acme.test',
  subject: 'Hello',
  html: '<p>Hello</p>',
  text: 'Hello',
  messageId: '<1@auth.acme.test>',
};

describe('the mail that arrives', () => {
  type Arrived = {
    from: string;
    to: string[];
    subject: string;
    text: string;
    html: string;
    headers: unknown;
  };

  async function sendAndRead(changes: Partial<typeof mail>, mailFrom = settings.MAIL_FROM): Promise<Arrived> {
    const { smtpPort, webUrl } = inject('mailbox');
    const to = `${crypto.randomUUID()}@acme.test`;
    const local = { ...settings, MAIL_FROM: mailFrom, SMTP_HOST: '127.0.0.1', SMTP_PORT: smtpPort };
    await createSmtpMailer(local).send({ ...mail, ...changes, to });
    const all = await fetch(`${webUrl}/email`).then((response) => response.json<Arrived[]>());
    const arrived = all.filter((one) => one.to.includes(to));
    expect(arrived).toHaveLength(1);
    return arrived[0] as Arrived;
  }

  it('is what was sent: other scripts, long lines, lone dots and all', async () => {
    const subject = 'Bestätigung für „Zoll & Tor“ 关税 '.repeat(6).trim();
    const text = ['Grüße', '.', '..', '.dot', 'x'.repeat(2_000), '= 100 %', 'trailing ', 'end'].join('\n');
    const html = `<p>${'ü'.repeat(1_500)}</p>\n.\n<p>ok</p>`;
    const arrived = await sendAndRead(
      { subject, text, html },
      '"Zoll, \\"Tor\\" & Söhne" <no-reply@acme.test>',
    );
    expect(arrived.subject).toBe(subject);
    expect(arrived.text.replaceAll('\r\n', '\n').trim()).toBe(text);
    expect(arrived.html.replaceAll('\r\n', '\n').trim()).toBe(html);
    expect(arrived.from).toContain('no-reply@acme.test');
  });

  it('says that a machine wrote it, and has the Message-ID', async () => {
    const messageId = `<${crypto.randomUUID()}@auth.acme.test>`;
    const headers = JSON.stringify((await sendAndRead({ messageId })).headers).toLowerCase();
    expect(headers).toContain('auto-generated');
    expect(headers).toContain(messageId);
  });
});
