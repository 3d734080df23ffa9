import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Mail } from '../../../dev/mailbox/mail.ts';
import { type Mailbox, startMailbox } from '../../../dev/mailbox/mailbox.ts';
import { sendMail } from './send-mail.ts';

const MESSAGE = `From: Tollgate <no-reply@example.com>
To: Ada <ada@example.com>
Subject: =?utf-8?B?R3LDvMOfZQ==?=
X-Kind: verify-email
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Hallo =C3=A4
--b
Content-Type: text/html; charset=utf-8

<html><head><title>x</title></head><body><a href="https://example.com">Hallo</a></body></html>
--b--`;

describe('the mailbox', () => {
  let directory: string;
  let mailbox: Mailbox;

  const start = () => startMailbox({ directory, smtpPort: 0, webPort: 0 });
  const get = (path: string) => fetch(mailbox.webUrl + path);
  const list = async () => (await (await get('/email')).json()) as Mail[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tollgate-mailbox-'));
    mailbox = await start();
  });
  afterEach(async () => {
    await mailbox.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('shows what arrived, decoded', async () => {
    expect(await sendMail(mailbox.smtpPort, MESSAGE, ['ada@example.com', 'bcc@example.com'])).toMatch(/^250/);
    const [mail] = await list();
    expect(mail).toMatchObject({
      from: 'no-reply@example.com',
      to: ['ada@example.com', 'bcc@example.com'],
      subject: 'Grüße',
      text: expect.stringContaining('Hallo ä'),
      html: expect.stringContaining('<a href="https://example.com">'),
      headers: { 'x-kind': 'verify-email', to: 'Ada <ada@example.com>' },
    });
    expect(new Date(mail?.date ?? '').toISOString()).toBe(mail?.date);
    expect(await (await get(`/email/${mail?.id}`)).json()).toEqual(mail);
  });

  test('lists the oldest first, until it is emptied', async () => {
    for (const subject of ['one', 'two', 'three']) {
      await sendMail(mailbox.smtpPort, `Subject: ${subject}\n\nbody`);
    }
    expect((await list()).map((mail) => mail.subject)).toEqual(['one', 'two', 'three']);
    expect((await fetch(`${mailbox.webUrl}/email`, { method: 'DELETE' })).status).toBe(204);
    expect(await list()).toEqual([]);
  });

  test('keeps mails over a restart, and stumbles over nothing it finds', async () => {
    await sendMail(mailbox.smtpPort, MESSAGE);
    const before = await list();
    await mailbox.close();
    await writeFile(join(directory, '000.json'), '{"half":');
    mailbox = await start();
    expect(await list()).toEqual(before);
  });

  test('offers neither STARTTLS nor AUTH', async () => {
    expect(await sendMail(mailbox.smtpPort, MESSAGE)).toMatch(/^250/);
    const { connect } = await import('node:net');
    const greeting = await new Promise<string>((resolve) => {
      let heard = '';
      const socket = connect(mailbox.smtpPort, '127.0.0.1', () => socket.write('EHLO test\r\nQUIT\r\n'));
      socket.on('data', (data) => {
        heard += data;
      });
      socket.on('close', () => resolve(heard));
    });
    expect(greeting).not.toMatch(/STARTTLS|AUTH/);
  });

  test('refuses as many mails as it is told to', async () => {
    await fetch(`${mailbox.webUrl}/fail`, { method: 'POST', body: JSON.stringify({ count: 1 }) });
    expect(await sendMail(mailbox.smtpPort, MESSAGE)).toMatch(/^451/);
    expect(await list()).toEqual([]);
    expect(await sendMail(mailbox.smtpPort, MESSAGE)).toMatch(/^250/);
    expect(await list()).toHaveLength(1);
  });

  test('shows a mail as a page that can run nothing and opens links outside', async () => {
    await sendMail(mailbox.smtpPort, MESSAGE);
    const [mail] = await list();
    const page = await get(`/email/${mail?.id}/html`);
    expect(page.headers.get('content-security-policy')).toMatch(/^sandbox allow-popups .*default-src 'none'/);
    expect(await page.text()).toContain('<head><base target="_blank">');
  });

  test('has a page, tells it about changes, and talks to no other page', async () => {
    const page = await get('/');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('<title>Mailbox</title>');
    const events = (await get('/events')).body?.pipeThrough(new TextDecoderStream()).getReader();
    await sendMail(mailbox.smtpPort, MESSAGE);
    let heard = '';
    while (!heard.includes('data: changed')) heard += (await events?.read())?.value ?? '';
    await events?.cancel();
    const foreign = await fetch(`${mailbox.webUrl}/email`, { headers: { origin: 'https://a.test' } });
    expect(foreign.status).toBe(403);
  });
});
