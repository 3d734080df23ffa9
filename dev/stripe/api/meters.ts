import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { listOf } from '../account/references.ts';
import { newId, PREFIXES } from '../ids.ts';
import { DAY_SECONDS } from '../objects/periods.ts';
import { invalid } from '../wire/errors.ts';
import { type Page, paginate } from '../wire/lists.ts';
import { pathId, type Routes } from './call.ts';

const MAX_AGE_DAYS = 35;
const MAX_AHEAD_SECONDS = 300;

export const meterRoutes: Routes = {
  'POST /v1/billing/meters': ({ account, params }) => {
    const wanted = params as Stripe.Billing.MeterCreateParams;
    const taken = account
      .all('billing.meter')
      .some((one) => one.status === 'active' && one.event_name === wanted.event_name);
    if (taken) {
      const message = `An active meter with the event name ${wanted.event_name} already exists.`;
      throw invalid(message, { code: 'resource_missing', param: 'event_name' });
    }
    return account.put('billing.meter', newMeter(account, wanted));
  },
  'GET /v1/billing/meters/{id}': (call) => call.account.get('billing.meter', pathId(call)),
  'GET /v1/billing/meters': ({ account, params, path }) => {
    const { status, ...page } = params as Page & { status?: string };
    const found = account.all('billing.meter').filter((one) => status === undefined || one.status === status);
    return paginate(found, page, path);
  },
  'POST /v1/billing/meters/{id}/deactivate': (call) => setStatus(call.account, pathId(call), 'inactive'),
  'POST /v1/billing/meters/{id}/reactivate': (call) => setStatus(call.account, pathId(call), 'active'),
  'POST /v1/billing/meter_events': ({ account, params }) =>
    record(account, params as Stripe.Billing.MeterEventCreateParams),
  'GET /v1/billing/meters/{id}/event_summaries': (call) => {
    const { account } = call;
    const meter = account.get('billing.meter', pathId(call));
    const {
      customer,
      start_time: start,
      end_time: end,
    } = call.params as Required<
      Pick<Stripe.Billing.MeterListEventSummariesParams, 'customer' | 'start_time' | 'end_time'>
    >;
    const values = account.state.meterEvents
      .filter((one) => one.event_name === meter.event_name && one.customer === customer)
      .filter((one) => one.timestamp >= start && one.timestamp < end)
      .map((one) => one.value);
    const summary: Stripe.Billing.MeterEventSummary = {
      id: newId('mtrusg_test'),
      object: 'billing.meter_event_summary',
      aggregated_value: aggregate(values, meter.default_aggregation.formula),
      end_time: end,
      livemode: false,
      meter: meter.id,
      start_time: start,
    };
    return listOf(values.length > 0 ? [summary] : [], call.path);
  },
};

function newMeter(account: Account, params: Stripe.Billing.MeterCreateParams): Stripe.Billing.Meter {
  return {
    id: newId(PREFIXES['billing.meter']),
    object: 'billing.meter',
    created: account.now(),
    customer_mapping: {
      event_payload_key: params.customer_mapping?.event_payload_key ?? 'stripe_customer_id',
      type: 'by_id',
    },
    default_aggregation: { formula: params.default_aggregation.formula },
    display_name: params.display_name,
    event_name: params.event_name,
    event_time_window: params.event_time_window ?? null,
    livemode: false,
    status: 'active',
    status_transitions: { deactivated_at: null },
    updated: account.now(),
    value_settings: { event_payload_key: params.value_settings?.event_payload_key ?? 'value' },
  };
}

function setStatus(account: Account, id: string, status: 'active' | 'inactive'): Stripe.Billing.Meter {
  const meter = account.get('billing.meter', id);
  meter.status = status;
  meter.status_transitions.deactivated_at = status === 'inactive' ? account.now() : null;
  meter.updated = account.now();
  return account.put('billing.meter', meter);
}

function record(account: Account, params: Stripe.Billing.MeterEventCreateParams): Stripe.Billing.MeterEvent {
  const now = account.now();
  const meter = account
    .all('billing.meter')
    .find((one) => one.event_name === params.event_name && one.status === 'active');
  if (!meter) {
    const message = `No active meter found for event name \`${params.event_name}\`.`;
    throw invalid(message, { param: 'event_name' });
  }
  const identifier = params.identifier ?? newId('mtrev');
  const recent = account.state.meterEvents.filter((one) => one.created > now - DAY_SECONDS);
  if (recent.some((one) => one.identifier === identifier)) {
    throw invalid(`An event already exists with identifier ${identifier}.`, { param: 'identifier' });
  }
  const isRecent = (seconds: number) =>
    seconds >= -MAX_AGE_DAYS * DAY_SECONDS && seconds <= MAX_AHEAD_SECONDS;
  const timestamp = params.timestamp === undefined ? now : account.fromCaller(params.timestamp);
  if (!isRecent(timestamp - now)) {
    throw invalid('The timestamp must be within the past 35 days or up to 5 minutes in the future.', {
      param: 'timestamp',
    });
  }
  const customer = params.payload[meter.customer_mapping.event_payload_key] ?? '';
  account.get('customer', customer, `payload[${meter.customer_mapping.event_payload_key}]`);
  const value = Number(params.payload[meter.value_settings.event_payload_key] ?? 1);
  if (!Number.isFinite(value)) throw invalid('The value must be a number.', { param: 'payload' });
  const event: Stripe.Billing.MeterEvent = {
    object: 'billing.meter_event',
    created: now,
    event_name: params.event_name,
    identifier,
    livemode: false,
    payload: params.payload,
    timestamp,
  };
  account.state.meterEvents.push({ ...event, customer, value });
  account.changed();
  return event;
}

function aggregate(values: readonly number[], formula: string): number {
  if (formula === 'count') return values.length;
  if (formula === 'last') return values.at(-1) ?? 0;
  return values.reduce((sum, value) => sum + value, 0);
}
