import { describe, expect, it } from 'vitest';
import { formatMailbox, formatText, parseMailbox } from '../../src/adapters/mail-headers.ts';

describe('parseMailbox', () => {
  it.each([
    ['Tollgate <no-reply@acme.test>', 'Tollgate', 'no-reply@acme.test'],
    ['"Acme, \\"Inc.\\"" <no-reply@acme.test>', 'Acme, "Inc."', 'no-reply@acme.test'],
    ['<no-reply@acme.test>', '', 'no-reply@acme.test'],
    [' no-reply@acme.test ', '', 'no-reply@acme.test'],
    ['Zöllner am Tor <no-reply@acme.test>', 'Zöllner am Tor', 'no-reply@acme.test'],
  ])('%s', (text, name, email) => {
    expect(parseMailbox(text)).toEqual({ name, email });
  });

  it.each(['', 'Tollgate', 'Tollgate <>', 'A <a@acme.test> B <b@acme.test>', 'A\r\nB: c <a@acme.test>'])(
    'refuses %j',
    (text) => {
      expect(() => parseMailbox(text)).toThrow('refused');
    },
  );
});

describe('a header', () => {
  it('keeps plain text plain and quotes what means something', () => {
    expect(formatText('Confirm your email address')).toBe('Confirm your email address');
    expect(formatMailbox({ name: 'Acme, "Inc."', email: 'a@acme.test' })).toBe(
      '"Acme, \\"Inc.\\"" <a@acme.test>',
    );
    expect(formatMailbox({ name: '', email: 'a@acme.test' })).toBe('a@acme.test');
  });

  it('folds other scripts into encoded words of whole characters (RFC 2047)', () => {
    const text = 'Zölle 关税 🚧 '.repeat(20).trim();
    const words = formatText(text).split('\r\n ');
    expect(words.length).toBeGreaterThan(1);
    const decoded = words.map((word) => {
      expect(word.length).toBeLessThanOrEqual(75);
      const [, base64 = ''] = /^=\?UTF-8\?B\?(.*)\?=$/.exec(word) ?? [];
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(
        Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)),
      );
    });
    expect(decoded.join('')).toBe(text);
  });
});
