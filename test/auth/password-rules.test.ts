import { afterEach, describe, expect, it, vi } from 'vitest';
import { passwordProblem } from '../../src/auth/rules.ts';
import { logIn, newAccount, newIdentity } from '../support/accounts.ts';
import { resetToken } from '../support/credentials.ts';
import { useService } from '../support/service.ts';

const service = useService();
const checking = useService({ PASSWORD_BREACH_CHECK: 'true' });
const context = { minLength: 8, email: 'ada@acme.test', username: 'ada-lovelace' };
const COMMON = 'Password123';

describe('passwordProblem', () => {
  it.each([
    'correct horse battery staple',
    'Tr0ub4dor&3-and-more',
    'Str0ng-Passw0rd!',
    'Password123!',
    'S3cure-Pass-2026',
    'a new and better password',
    'päßwörter sind länger',
    '🔑🔑🔑🔑🔑🔑🔑🔑',
  ])('lets %s pass', (password) => {
    expect(passwordProblem(password, context)).toBeUndefined();
  });

  it.each(['password', 'PASSWORD1', '12345678', 'qwertyuiop', 'iloveyou', COMMON])(
    'refuses %s, which everybody tries first',
    (password) => {
      expect(passwordProblem(password, context)).toContain('common');
    },
  );
});

describe('a common password', () => {
  it('is refused at registration, at a reset, which keeps the link, and at a change', async () => {
    const register = await service.post('/register', { ...newIdentity(), password: COMMON });
    expect(await register.json()).toMatchObject({ status: 422, errors: { password: expect.any(String) } });

    const account = await newAccount(service);
    const token = await resetToken(service, account.email);
    const reset = await service.post('/new-password', { token, password: COMMON });
    expect(await reset.json()).toMatchObject({ status: 422, errors: { password: expect.any(String) } });

    const session = await logIn(service, account);
    const body = { old_password: account.password, new_password: COMMON };
    const change = await service.post('/change-password', body, { token: session.token });
    expect(await change.json()).toMatchObject({ status: 422, errors: { new_password: expect.any(String) } });

    const good = await service.post('/new-password', { token, password: 'a new and better password' });
    expect(good.status).toBe(200);
  });
});

describe('the breach check', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** Stands in for the range API; everything else goes where it went. */
  function rangeApi(answer: (request: Request) => Promise<Response>) {
    const asked: Request[] = [];
    const real = globalThis.fetch;
    vi.stubGlobal('fetch', (input: RequestInfo, init?: RequestInit) => {
      const request = new Request(input, init);
      if (new URL(request.url).hostname !== 'api.pwnedpasswords.com') return real(input, init);
      asked.push(request);
      return answer(request);
    });
    return asked;
  }
  const sha1 = async (password: string) => {
    const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(password));
    return [...new Uint8Array(digest)]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase();
  };
  const register = (on = checking) => on.post('/register', newIdentity());
  const { password } = newIdentity();

  it('refuses a password that is listed, and tells the list five digits of its hash', async () => {
    const hash = await sha1(password);
    const asked = rangeApi(async () => new Response(`${'0'.repeat(35)}:3\r\n${hash.slice(5)}:12\r\n`));
    const response = await register();
    expect(await response.json()).toMatchObject({
      status: 422,
      code: 'validation_failed',
      errors: { password: expect.stringContaining('breach') },
    });
    expect(asked.map(({ url }) => url)).toEqual([`https://api.pwnedpasswords.com/range/${hash.slice(0, 5)}`]);
    expect(asked[0]?.headers.get('Add-Padding')).toBe('true');
    expect(asked[0]?.body).toBeNull();
  });

  it('lets one pass that is not listed, or only as padding', async () => {
    const hash = await sha1(password);
    rangeApi(async () => new Response(`${'0'.repeat(35)}:3\r\n${hash.slice(5)}:0\r\n`));
    expect((await register()).status).toBe(201);
  });

  it.each<[string, () => Promise<Response>]>([
    ['is down', async () => new Response('', { status: 503 })],
    ['can not be reached', async () => Promise.reject(new TypeError('network'))],
    ['talks nonsense', async () => new Response('<html>')],
  ])('lets every password pass when the list %s', async (_case, answer) => {
    rangeApi(answer);
    expect((await register()).status).toBe(201);
  });

  it('does not wait long for the list', async () => {
    rangeApi(
      (request) =>
        new Promise((_resolve, reject) => {
          request.signal.addEventListener('abort', () => reject(request.signal.reason));
        }),
    );
    const began = Date.now();
    expect((await register()).status).toBe(201);
    expect(Date.now() - began).toBeLessThan(4_000);
  });

  it('asks nobody unless it is switched on', async () => {
    const asked = rangeApi(async () => new Response(''));
    expect((await register(service)).status).toBe(201);
    expect(asked).toEqual([]);
  });
});
