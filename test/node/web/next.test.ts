import { describe, expect, it } from 'vitest';
import { destinationOf, ownPath } from '../../../web/session/next.ts';

describe('where one goes after signing in', () => {
  it.each(['/', '/security', '/admin/users?q=ada&page=2', '/billing#usage', '/a/../b'])(
    'may be %s',
    (next) => {
      const path = ownPath(next);
      expect(path?.startsWith('/')).toBe(true);
      expect(new URL(path ?? '', 'https://app.acme.test').origin).toBe('https://app.acme.test');
    },
  );

  it.each([
    'https://evil.test/',
    '//evil.test/',
    '///evil.test/',
    '/\\evil.test',
    '\\/evil.test',
    '/a\\b',
    '/\t/evil.test',
    '/\n/evil.test',
    '/.//evil.test',
    '/a/..//evil.test',
    '/%2e//evil.test',
    'javascript:alert(1)',
    ' /security',
    'security',
    '',
    undefined,
    7,
    ['/security'],
  ])('may not be %s', (next) => {
    expect(ownPath(next)).toBeUndefined();
  });

  it('is the start page when nothing was said', () => {
    expect(destinationOf(undefined)).toEqual({ to: '/', search: {}, hash: '' });
  });

  it('keeps what stands in the address as it is', () => {
    expect(destinationOf('/verify?token=0012&page=2#a')).toEqual({
      to: '/verify',
      search: { token: '0012', page: '2' },
      hash: 'a',
    });
  });
});
