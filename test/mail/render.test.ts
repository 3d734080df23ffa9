import { describe, expect, it } from 'vitest';
import { type LoginCodeId, newId, type OneTimeTokenId } from '../../src/ids.ts';
import type { MailContent } from '../../src/mail/kinds.ts';
import { inWords, renderMail } from '../../src/mail/render.ts';

const LINK = 'https://auth.acme.test/verify?token=abc_DEF-123&from=mail';
const context = {
  appName: 'Acme',
  frontendUrl: 'https://app.acme.test/app',
  linkTtlSeconds: 86_400,
  links: {
    verifyEmail: async () => LINK,
    confirmEmailChange: async () => LINK,
    undoEmailChange: async () => LINK,
    resetPassword: async () => LINK,
    loginCode: async () => '04071776',
  },
};
const verify = (username = 'ada'): MailContent => ({
  kind: 'verify_email',
  username,
  token_id: newId<OneTimeTokenId>(),
});
const KINDS: MailContent[] = [
  verify(),
  { kind: 'account_exists', username: 'ada' },
  { kind: 'username_unavailable', username: 'ada' },
  {
    kind: 'email_change_confirm',
    username: 'ada',
    token_id: newId<OneTimeTokenId>(),
    expires_in_seconds: 86_400,
  },
  { kind: 'email_change_taken', username: 'ada' },
  { kind: 'email_change_requested', username: 'ada', new_email: 'new@acme.test' },
  emailChanged(newId<OneTimeTokenId>()),
  emailChanged(null),
  newDevice('Berlin, DE'),
  newDevice(null),
  { kind: 'account_deactivated', username: 'ada' },
  { kind: 'account_deleted', username: 'ada' },
  {
    kind: 'reset_password',
    username: 'ada',
    token_id: newId<OneTimeTokenId>(),
    subject: 'f0',
    ttl_seconds: 1_800,
  },
  { kind: 'password_changed', username: 'ada' },
  { kind: 'login_code', username: 'ada', code_id: newId<LoginCodeId>(), ttl_seconds: 600 },
];

function emailChanged(token_id: OneTimeTokenId | null): MailContent {
  return {
    kind: 'email_changed',
    username: 'ada',
    new_email: 'new@acme.test',
    token_id,
    expires_in_seconds: 259_200,
  };
}

function newDevice(place: string | null): MailContent {
  return {
    kind: 'new_device',
    username: 'ada',
    device: 'Firefox on Windows',
    place,
    at: '2026-11-20T10:24:59.123Z',
  };
}

/** What a mail client shows of an attribute or a text. */
const decoded = (html: string) =>
  html.replaceAll('&lt;', '<').replaceAll('&#34;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');

describe('renderMail', () => {
  it('has the same link in the HTML, as a button and written out, and in the text', async () => {
    const { html, text } = await renderMail(verify(), context);
    const hrefs = [...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => decoded(href));
    expect(hrefs).toEqual([LINK, LINK]);
    expect(decoded(html)).toContain(`>${LINK}</a>`);
    expect(text.split('\n')).toContain(LINK);
  });

  it('says for how long the link works', async () => {
    const { html, text } = await renderMail(verify(), { ...context, linkTtlSeconds: 1_800 });
    expect(html).toContain('works for 30 minutes');
    expect(text).toContain('works for 30 minutes');
  });

  it.each(KINDS)('$kind: tells who writes and why, and leaves nothing unfilled', async (content) => {
    const { subject, html, text } = await renderMail(content, context);
    expect(subject).toContain('Acme');
    for (const body of [html, text]) {
      expect(body).toContain('You get this mail because');
      expect(body).toContain('Acme');
      expect(body).not.toMatch(/\{[{%]|%\}|undefined|\[object/);
    }
    expect(html).not.toMatch(/<(img|link|script)\b|url\(|@import/i);
    expect(text).not.toContain('<');
  });

  it('says of a new device what, where and when, and no place that it does not know', async () => {
    const { html, text } = await renderMail(newDevice('Berlin, DE'), context);
    expect(text).toContain('\nFirefox on Windows\nnear Berlin, DE\n20 November 2026, 10:24 UTC\n');
    expect(html).toContain('20 November 2026, 10:24 UTC');
    const unplaced = await renderMail(newDevice(null), context);
    expect(unplaced.text).toContain('\nFirefox on Windows\n20 November 2026');
    expect(unplaced.html).not.toContain('near');
  });

  it('offers to undo a change of address only where there is a link for it', async () => {
    const open = await renderMail(emailChanged(newId<OneTimeTokenId>()), context);
    expect(open.text.split('\n')).toContain(LINK);
    expect(open.text).toContain('works for\n3 days');
    const closed = await renderMail(emailChanged(null), context);
    expect(closed.text).not.toContain('http');
    expect(closed.html).not.toContain('href');
  });

  it.each(['account_exists', 'username_unavailable'] as const)('%s: leads to the front end', async (kind) => {
    const { html, text } = await renderMail({ kind, username: 'ada' }, context);
    expect(html).toContain('href="https://app.acme.test/app"');
    expect(text.split('\n')).toContain('https://app.acme.test/app');
  });

  it('a username that looks like an address is none to a mail client', async () => {
    const { html, text } = await renderMail(verify('evil.test'), context);
    expect(html).not.toContain('evil.test');
    expect(text).not.toContain('evil.test');
    expect(text).toContain('evil.\u2060test');
  });

  it.each(KINDS)('$kind: a username is text, whatever it holds', async (sample) => {
    const username = `<script>alert(1)</script>"'&{{ app_name }}`;
    const content = { ...sample, username };
    const { subject, html } = await renderMail(content, context);
    expect(html).not.toContain('<script');
    if (sample.kind !== 'username_unavailable') expect(html).toContain('Hello &lt;script&gt;');
    expect(html).toContain('&#34;&#39;&amp;{{ app_name }}');
    expect(subject).not.toContain('script');
  });

  it('escapes the name of the service and the links too', async () => {
    const links = { ...context.links, verifyEmail: async () => 'https://auth.acme.test/"><b>' };
    const { html } = await renderMail(verify(), { ...context, appName: '<i>Acme</i>', links });
    expect(html).not.toContain('<i>');
    expect(html).not.toContain('<b>');
  });

  it('lets no value begin a header or a paragraph of its own', async () => {
    const appName = 'Acme\r\nBcc: eve@evil.test';
    const { subject, text } = await renderMail(verify('ada\r\n\r\nPay here: \u202ehttp://evil.test'), {
      ...context,
      appName,
    });
    expect(subject).toBe('Confirm your email address for Acme Bcc: eve@evil.test');
    expect(text).toContain('Hello ada Pay here: http://evil.\u2060test,');
    expect(text).not.toContain('\r');
  });
});

describe('inWords', () => {
  it.each([
    [1, '1 second'],
    [90, '90 seconds'],
    [1_800, '30 minutes'],
    [3_600, '1 hour'],
    [5_400, '90 minutes'],
    [86_400, '24 hours'],
    [100_000, '27 hours'],
    [172_800, '2 days'],
  ])('%i seconds: %s', (seconds, words) => {
    expect(inWords(seconds)).toBe(words);
  });
});
