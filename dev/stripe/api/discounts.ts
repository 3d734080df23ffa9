import type Stripe from 'stripe';
import { idOf, mergeMetadata } from '../account/references.ts';
import { newCoupon, newPromotionCode } from '../objects/discounts.ts';
import { invalid } from '../wire/errors.ts';
import { type Page, paginate } from '../wire/lists.ts';
import { pathId, type Routes } from './call.ts';

export const discountRoutes: Routes = {
  'POST /v1/coupons': ({ account, params }) => {
    const wanted = params as Stripe.CouponCreateParams;
    if (wanted.id && account.find('coupon', wanted.id)) {
      throw invalid('Coupon already exists.', { code: 'resource_already_exists', param: 'id' });
    }
    if ((wanted.percent_off === undefined) === (wanted.amount_off === undefined)) {
      throw invalid('You must pass either `amount_off` or `percent_off`, not both.', {
        param: 'percent_off',
      });
    }
    if (wanted.amount_off !== undefined && !wanted.currency) {
      throw invalid('You must pass currency when passing amount_off', { param: 'currency' });
    }
    return account.put('coupon', newCoupon(account, wanted));
  },
  'GET /v1/coupons/{id}': (call) => call.account.get('coupon', pathId(call)),
  'GET /v1/coupons': ({ account, params, path }) => paginate(account.all('coupon'), params as Page, path),
  'POST /v1/promotion_codes': ({ account, params }) => {
    const wanted = params as Stripe.PromotionCodeCreateParams;
    account.get('coupon', wanted.promotion.coupon ?? '', 'promotion[coupon]');
    const taken = account.all('promotion_code').some((one) => one.active && one.code === wanted.code);
    if (taken) {
      throw invalid(`An active promotion code with \`code: ${wanted.code}\` already exists.`, {
        param: 'code',
      });
    }
    return account.put('promotion_code', newPromotionCode(account, wanted));
  },
  'GET /v1/promotion_codes/{id}': (call) => call.account.get('promotion_code', pathId(call)),
  'POST /v1/promotion_codes/{id}': (call) => {
    const code = call.account.get('promotion_code', pathId(call));
    const { active, metadata } = call.params as Stripe.PromotionCodeUpdateParams;
    if (active !== undefined) code.active = active;
    code.metadata = mergeMetadata(code.metadata ?? {}, metadata);
    return call.account.put('promotion_code', code);
  },
  'GET /v1/promotion_codes': ({ account, params, path }) => {
    const { code, active, coupon, customer, ...page } = params as Page & Stripe.PromotionCodeListParams;
    const found = account
      .all('promotion_code')
      .filter(
        (one) =>
          (code === undefined || one.code.toLowerCase() === code.toLowerCase()) &&
          (active === undefined || one.active === active) &&
          (coupon === undefined || idOf(one.promotion.coupon) === coupon) &&
          (customer === undefined || idOf(one.customer) === customer),
      );
    return paginate(found, page, path);
  },
};
