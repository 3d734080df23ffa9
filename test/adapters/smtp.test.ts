import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSmtpMailer } from '../../src/adapters/smtp.ts';
import { HANG_UP, mailServer, willing } from './smtp-server.ts';

const settings = {
  APP_URL: 'https://auth.acme.test',
  MAIL_FROM: 'Tollgate <no-reply@acme.test>',
  SMTP_HOST: 'mail.acme.test',
  SMTP_PORT: 587,
  SMTP_USER: undefined,
  SMTP_PASSWORD: undefined,
};
const account = { SMTP_USER: 'ada', SMTP_PASSWORD: 'höchst geheim' };
const mail = {
  to: 'ada@acme.test',
  subject: 'Hello',
  html: '<p>Hello</p>',
  text: 'Hello',
  messageId: '<1@auth.acme.test>',
};

afterEach(() => {
  vi.useRealTimers();
});

describe('the conversation', () => {
  it('goes over to TLS before it logs in and hands the mail over', async () => {
    const server = mailServer(willing);
    await createSmtpMailer({ ...settings, ...account }, server.dial).send(mail);
    expect(server.dialled).toEqual([
      { hostname: 'mail.acme.test', port: 587, secureTransport: 'starttls', allowHalfOpen: false },
    ]);
    expect(server.lines.slice(0, 7)).toEqual([
      'EHLO auth.acme.test',
      'STARTTLS',
      'EHLO auth.acme.test',
      expect.stringMatching(/^AUTH PLAIN \S+$/),
      'MAIL FROM:<no-reply@acme.test>',
      'RCPT TO:<ada@acme.test>',
      'DATA',
    ]);
    expect(server).toMatchObject({ tls: true, closed: 1 });
    const login = atob(server.lines[3]?.split(' ')[2] ?? '');
    expect(new TextDecoder().decode(Uint8Array.from(login, (c) => c.charCodeAt(0)))).toBe(
      '\0ada\0höchst geheim',
    );
  });

  it('speaks TLS from the start on port 465', async () => {
    const server = mailServer(willing);
    await createSmtpMailer({ ...settings, SMTP_PORT: 465 }, server.dial).send(mail);
    expect(server.dialled).toMatchObject([{ secureTransport: 'on' }]);
    expect(server.lines).not.toContain('STARTTLS');
  });

  it('says nothing more to a server without TLS', async () => {
    const server = mailServer((line) => (line.startsWith('EHLO') ? '250 AUTH PLAIN' : willing(line)));
    const sending = createSmtpMailer({ ...settings, ...account }, server.dial).send(mail);
    await expect(sending).rejects.toThrow('server offers no TLS');
    expect(server.lines.filter((line) => line !== 'QUIT')).toEqual(['EHLO auth.acme.test']);
    expect(server.closed).toBe(1);
  });

  it('takes nothing over from before TLS', async () => {
    const server = mailServer((line) => (line === 'STARTTLS' ? '220 go\r\n250 AUTH PLAIN' : willing(line)));
    const sending = createSmtpMailer({ ...settings, ...account }, server.dial).send(mail);
    await expect(sending).rejects.toThrow('unexpected reply before TLS');
  });

  it('needs no TLS on loopback, and no login without an account', async () => {
    const server = mailServer(willing);
    await createSmtpMailer({ ...settings, SMTP_HOST: '127.0.0.1' }, server.dial).send(mail);
    expect(server.tls).toBe(false);
    expect(server.lines.filter((line) => line.startsWith('AUTH'))).toEqual([]);
  });

  it('logs in by LOGIN where there is no PLAIN', async () => {
    const server = mailServer((line) => {
      if (line.startsWith('EHLO')) return '250-STARTTLS\r\n250 AUTH LOGIN';
      if (line === 'AUTH LOGIN' || line === btoa('ada')) return '334 ask';
      return willing(line);
    });
    await createSmtpMailer({ ...settings, SMTP_USER: 'ada', SMTP_PASSWORD: 'pass' }, server.dial).send(mail);
    expect(server.lines).toContain(btoa('pass'));
  });
});

describe('a failure', () => {
  it.each([
    ['greeting', '554 5.7.1 go away', 'greeting answered 554 5.7.1'],
    ['AUTH', '535-5.7.8 ada / geheim\r\n535 5.7.8 is wrong', 'AUTH answered 535 5.7.8'],
    ['MAIL', '451 later, no-reply@acme.test', 'MAIL answered 451'],
    ['RCPT', '550 5.1.1 <ada@acme.test> unknown', 'RCPT answered 550 5.1.1'],
    ['DATA', '552 5.2.2 full', 'DATA answered 552 5.2.2'],
    ['.', '554 5.6.0 <ada@acme.test> spam', 'mail data answered 554 5.6.0'],
    ['greeting', HANG_UP, 'connection closed at greeting'],
    ['RCPT', HANG_UP, 'connection closed at RCPT'],
    ['.', HANG_UP, 'connection closed at mail data'],
  ])('at %s (%s) is named without an address, and hangs up', async (step, reply, reason) => {
    const server = mailServer((line) => (line.startsWith(step) ? reply : willing(line)));
    const sending = createSmtpMailer({ ...settings, ...account }, server.dial).send(mail);
    await expect(sending).rejects.toMatchObject({ name: 'MailNotAccepted', message: reason });
    expect(server.closed).toBe(1);
  });

  it('is a server that says nothing for ten seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const server = mailServer((line) => (line.startsWith('RCPT') ? undefined : willing(line)));
    const sending = createSmtpMailer(settings, server.dial).send(mail);
    const failed = expect(sending).rejects.toThrow('timeout at RCPT');
    await vi.waitFor(() => expect(server.lines.at(-1)).toMatch(/^RCPT/));
    await vi.advanceTimersByTimeAsync(10_000);
    await failed;
    expect(server.closed).toBe(1);
  });

  it('is a server that nobody listens at', async () => {
    const sending = createSmtpMailer({ ...settings, SMTP_HOST: '127.0.0.1', SMTP_PORT: 1 }).send(mail);
    await expect(sending).rejects.toThrow('connect failed');
  });

  it.each([
    ['to', 'ada@acme.test\r\nRCPT TO:<eve@evil.test>'],
    ['to', 'ada@acme.test> <eve@evil.test'],
    ['to', 'ada@acme.test, eve@evil.test'],
    ['subject', 'Hello\r\nBcc: eve@evil.test'],
    ['subject', 'Hello\nBcc: eve@evil.test'],
    ['messageId', '<1@auth.acme.test>\r\nBcc: eve@evil.test'],
  ])('is a line break or a second address in %s', async (field, value) => {
    const server = mailServer(willing);
    const sending = createSmtpMailer(settings, server.dial).send({ ...mail, [field]: value });
    await expect(sending).rejects.toThrow(/^(address|header) refused$/);
    expect(server.dialled).toEqual([]);
  });
});
