import type { Origin } from '../audit/audit.ts';
import type { ClientInfo } from '../auth/ports.ts';
import type { AppContext } from './router.ts';

const USER_AGENT_MAX_LENGTH = 512;
const PLACE_MAX_LENGTH = 100;

/**
 * Who is calling, as Cloudflare's edge saw it: it overwrites CF-Connecting-IP on every request, whereas
 * X-Forwarded-For and its kin are whatever the caller likes.
 */
export function clientOf(c: AppContext): ClientInfo {
  const { country, city } = c.req.raw.cf ?? {};
  return {
    requestId: c.var.requestId,
    ip: c.req.header('CF-Connecting-IP') ?? null,
    userAgent: c.req.header('User-Agent')?.slice(0, USER_AGENT_MAX_LENGTH).toWellFormed() ?? null,
    country: placeName(country),
    city: placeName(city),
  };
}

/** The same as the audit log keeps it. */
export function originOf(c: AppContext): Origin {
  const { requestId, ip, userAgent } = clientOf(c);
  return { requestId, ip, userAgent };
}

const placeName = (value: unknown) =>
  typeof value === 'string' && value !== '' ? value.slice(0, PLACE_MAX_LENGTH) : null;

/**
 * The part of an address that stands for one customer: IPv4 whole, IPv6 by its /64, within which a single host has
 * more addresses than we have counters.
 */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped) return mapped;
  const [head = '', tail] = ip.toLowerCase().split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
