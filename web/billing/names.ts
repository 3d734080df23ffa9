import { formatMoney } from '../parts/format.ts';
import { t } from '../texts/index.ts';
import type { Plan } from './queries.ts';

/** `$19.00 a month`, or that it costs nothing. */
export const priceOf = ({ price_cents, currency, billing_period }: Plan): string =>
  price_cents === 0
    ? t.billing.costsNothing
    : t.billing.price(formatMoney(price_cents, currency), billing_period);
