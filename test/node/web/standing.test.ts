import { describe, expect, it } from 'vitest';
import { hasPortal, isOwing, standingOf } from '../../../web/billing/standing.ts';

const PAID = { provider: 'stripe', status: 'active', has_access: true, cancel_at_period_end: false };

const having = (changes: Partial<typeof PAID>) => ({ subscription: { ...PAID, ...changes }, payments: [] });
const NOTHING = { subscription: null, payments: [] };

describe('how things stand with a subscription', () => {
  it.each([
    ['active', {}],
    ['trial', { status: 'trialing' }],
    ['canceling', { cancel_at_period_end: true }],
    ['canceling', { status: 'trialing', cancel_at_period_end: true }],
    ['owing', { status: 'past_due' }],
    ['owing', { status: 'past_due', cancel_at_period_end: true }],
    ['owing', { status: 'unpaid', has_access: false }],
    ['incomplete', { status: 'incomplete', has_access: false }],
    ['paused', { status: 'paused', has_access: false }],
    ['suspended', { has_access: false }],
    ['suspended', { has_access: false, cancel_at_period_end: true }],
    ['suspended', { status: 'unknown', has_access: false }],
    ['granted', { provider: 'manual' }],
    ['granted', { provider: 'manual', cancel_at_period_end: true }],
    ['none', { status: 'canceled', has_access: false }],
    ['none', { status: 'incomplete_expired', has_access: false }],
  ] as const)('is %s with %o', (standing, changes) => {
    expect(standingOf({ ...PAID, ...changes })).toBe(standing);
  });

  it('is nothing without one', () => {
    expect(standingOf(null)).toBe('none');
  });

  it('is owing where something has to be paid, or paid with', () => {
    expect(isOwing(having({ status: 'past_due' }))).toBe(true);
    expect(isOwing(having({ status: 'paused', has_access: false }))).toBe(true);
    expect(isOwing(having({}))).toBe(false);
    expect(isOwing(having({ status: 'past_due', provider: 'manual' }))).toBe(false);
    expect(isOwing(NOTHING)).toBe(false);
  });

  it('opens the portal to whoever has bought something, now or once', () => {
    expect(hasPortal(having({}))).toBe(true);
    expect(hasPortal({ subscription: null, payments: [{}] })).toBe(true);
    expect(hasPortal(having({ provider: 'manual' }))).toBe(false);
    expect(hasPortal(NOTHING)).toBe(false);
  });
});
