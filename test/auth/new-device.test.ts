import { beforeEach, describe, expect, it } from 'vitest';
import { deviceOf, placeOf } from '../../src/auth/device.ts';
import { type Account, logIn, newAccount } from '../support/accounts.ts';
import { useService } from '../support/service.ts';

const service = useService();
const firefox = (version: string) =>
  `Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:${version}) Gecko/20100101 Firefox/${version}`;
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';

let account: Account;
beforeEach(async () => {
  account = await newAccount(service);
});
const logInFrom = (userAgent: string, init = {}) =>
  logIn(service, account, { headers: { 'User-Agent': userAgent }, ...init });
const told = () =>
  service.sql(`SELECT payload FROM outbox WHERE recipient = $1 AND kind = 'new_device'`, [account.email]);

describe('a login', () => {
  it('tells the owner of a device that the account was not used on before, with place and time', async () => {
    await logInFrom(firefox('145.0'));
    await logInFrom(IPHONE, { cf: { country: 'DE', city: 'Berlin' } });
    await service.deliverQueued();
    const mails = await service.mailsTo(account.email);
    const mail = mails.find((one) => one.subject === 'New sign-in to your Tollgate account');
    expect(mail?.text).toContain('\nSafari on iPhone\nnear Berlin, DE\n');
    expect(mail?.text).toMatch(/\n\d+ \w+ \d{4}, \d\d:\d\d UTC\n/);
    expect(await told()).toHaveLength(1);
  });

  it('tells nobody at the very first one', async () => {
    await logInFrom(IPHONE);
    expect(await told()).toEqual([]);
  });

  it('tells nobody of a device it knows, also with a newer browser or after its session has ended', async () => {
    await logInFrom(firefox('145.0'));
    await logInFrom(firefox('146.0.1'));
    await service.sql('UPDATE sessions SET revoked_at = now() WHERE user_id = $1', [account.id]);
    await logInFrom(firefox('147.0'));
    expect(await told()).toEqual([]);
  });

  it('is not told of to an address that was never proven', async () => {
    await service.sql('UPDATE users SET is_verified = false WHERE id = $1', [account.id]);
    await logInFrom(firefox('145.0'));
    await logInFrom(IPHONE);
    expect(await told()).toEqual([]);
  });

  it('is told of five times an hour at most, and never refused for it', async () => {
    await logInFrom(firefox('145.0'));
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => logInFrom(`Device${String.fromCharCode(65 + index)}`)),
    );
    expect(await told()).toHaveLength(5);
  });

  it('that fails tells nobody', async () => {
    await logInFrom(firefox('145.0'));
    const json = { email: account.email, password: 'wrong' };
    await service.fetch('/login', { method: 'POST', json, headers: { 'User-Agent': IPHONE } });
    expect(await told()).toEqual([]);
  });

  it('costs no further round trip for it', async () => {
    await logInFrom(firefox('145.0'));
    expect(await service.roundTrips(() => logInFrom(IPHONE))).toBe(2);
    expect(await told()).toHaveLength(1);
  });
});

describe('deviceOf', () => {
  const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0';
  it.each([
    [firefox('145.0'), 'Firefox on Windows'],
    [IPHONE, 'Safari on iPhone'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
      'Safari on macOS',
    ],
    [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Safari/537.36`, 'Chrome on macOS'],
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Safari/537.36 Edg/142.0.0.0`, 'Edge on Windows'],
    [`Mozilla/5.0 (X11; Linux x86_64) ${webkit} Safari/537.36 OPR/120.0.0.0`, 'Opera on Linux'],
    [`Mozilla/5.0 (Linux; Android 10; K) ${webkit} Mobile Safari/537.36`, 'Chrome on Android'],
    [
      `Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36`,
      'Samsung Internet on Android',
    ],
    [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${webkit} Safari/537.36`, 'Chrome on ChromeOS'],
    ['curl/8.5.0', 'curl'],
    ['Dalvik/2.1.0 (Linux; U; Android 14)', 'Android'],
    ['something else', null],
    ['', null],
    [null, null],
  ])('%s: %s', (userAgent, device) => {
    expect(deviceOf(userAgent)).toBe(device);
  });
});

describe('placeOf', () => {
  it.each([
    ['Berlin', 'DE', 'Berlin, DE'],
    [null, 'DE', 'DE'],
    ['Berlin', null, 'Berlin'],
    [null, null, null],
  ])('%s, %s: %s', (city, country, place) => {
    expect(placeOf({ city, country })).toBe(place);
  });
});
