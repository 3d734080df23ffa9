import { expect, it } from 'vitest';
import { newSession } from '../support/accounts.ts';
import { type Answer, useShop } from '../support/shop.ts';

const shop = useShop();
const { service } = shop;

/** The budgets: calls to the database a request may make. */
it('what is bought, changed and read costs as many round trips as it may', async () => {
  const trips = async (act: () => Promise<Answer | Response>) => {
    let status = 0;
    const count = await service.roundTrips(async () => {
      status = (await act()).status;
    });
    return [status, count];
  };
  // The first sale of a plan notes its price, once for all who come after.
  await shop.customer('pro');
  await shop.customer('enterprise');

  const { token } = await newSession(service);
  const get = (path: string) => () => service.fetch(`/billing${path}`, { token });
  expect(await trips(get('/subscriptions/me'))).toEqual([404, 1]);
  expect(await trips(() => shop.subscribe(token, { plan_code: 'none' }))).toEqual([404, 1]);
  expect(await trips(() => shop.subscribe(token))).toEqual([201, 2]);
  expect(await trips(() => shop.subscribe(token))).toEqual([201, 1]);
  // One to find the page, one to close it, and the two of a purchase.
  expect(await trips(() => shop.subscribe(token, { plan_code: 'enterprise' }))).toEqual([201, 4]);

  const again = await shop.subscribe(token);
  await shop.stripe.completeSession(again.body.session_id ?? '');
  await shop.tell();
  expect(await trips(get('/subscriptions/me'))).toEqual([200, 1]);
  expect(await trips(get('/payments/me'))).toEqual([200, 1]);
  expect(await trips(get('/overview'))).toEqual([200, 1]);
  expect(await trips(() => shop.subscribe(token))).toEqual([409, 1]);
  const wanted = { plan_code: 'enterprise' };
  expect(await trips(() => shop.post('/subscriptions/upgrade/preview', token, wanted))).toEqual([200, 1]);
  expect(await trips(() => shop.upgrade(token))).toEqual([200, 2]);
  expect(await trips(() => shop.upgrade(token))).toEqual([409, 1]);
  expect(await trips(() => shop.upgrade(token, { plan_code: 'pro', mode: 'checkout' }))).toEqual([201, 2]);
  expect(await trips(() => shop.post('/subscriptions/cancel', token))).toEqual([200, 2]);
  expect(await trips(() => shop.post('/subscriptions/cancel', token))).toEqual([409, 1]);
  expect(await trips(() => shop.post('/subscriptions/resume', token))).toEqual([200, 2]);
  expect(await trips(() => shop.post('/portal', token))).toEqual([201, 1]);

  const stranger = await newSession(service);
  expect(await trips(() => shop.post('/portal', stranger.token))).toEqual([201, 2]);
  await service.sql("UPDATE plans SET trial_days = 14 WHERE code = 'pro'");
  expect(await trips(() => shop.subscribe(stranger.token))).toEqual([201, 3]);
});
