import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestRecord } from '../account/state.ts';
import { routeOf } from '../api/routes.ts';
import { API_VERSION, faultsOfParams, readParams } from '../contract.ts';
import { newId } from '../ids.ts';
import { StripeError } from '../wire/errors.ts';
import { decodeForm } from '../wire/form.ts';
import type { Session } from './accounts.ts';
import { execute } from './execute.ts';
import type { FaultPlan } from './faults.ts';
import { keep, replay } from './idempotency.ts';
import { refuseParams } from './refuse-params.ts';

/** An account that lives for months shall not be all about what it was asked. */
const KEPT_REQUESTS = 5_000;

export type ApiRequest = {
  readonly method: string;
  readonly path: string;
  /** Query and body, both in Stripe's form encoding. */
  readonly form: string;
  readonly idempotencyKey: string | null;
  readonly version: string | null;
};
export type ApiAnswer = {
  status: number;
  body: string;
  headers: Record<string, string>;
  /** Nothing is answered; the connection is closed. */
  drop?: boolean;
};

/** One request of Stripe's API, from the wire to the wire. */
export async function answerApi(session: Session, request: ApiRequest): Promise<ApiAnswer> {
  const { account } = session;
  const record: RequestRecord = {
    id: newId('req'),
    method: request.method,
    path: request.path,
    params: {},
    idempotency_key: request.idempotencyKey,
    stripe_version: request.version,
    status: null,
    replayed: false,
  };
  account.state.requests.push(record);
  if (account.state.requests.length > KEPT_REQUESTS) account.state.requests.shift();
  const answer = await meetFaults(session, request, record);
  record.status = answer.drop ? null : answer.status;
  account.changed();
  answer.headers['Request-Id'] = record.id;
  answer.headers['Stripe-Version'] = API_VERSION;
  if (request.idempotencyKey) answer.headers['Idempotency-Key'] = request.idempotencyKey;
  return answer;
}

async function meetFaults(session: Session, request: ApiRequest, record: RequestRecord): Promise<ApiAnswer> {
  const fault = session.faults.take(request.method, request.path);
  const key = request.method === 'POST' ? request.idempotencyKey : null;
  if (key && session.keysInUse.has(key)) {
    const message = `There is currently another in-progress request using this Idempotency Key (${key}).`;
    return failure(new StripeError(409, 'idempotency_error', message, { code: 'idempotency_key_in_use' }));
  }
  if (!fault) return once(session, request, record);
  if (key) session.keysInUse.add(key);
  try {
    if (!fault.afterExecuting && (fault.status || fault.drop)) {
      record.params = decodeForm(request.form);
      if (fault.hangMs) await sleep(fault.hangMs);
      return faulty(fault);
    }
    const answer = once(session, request, record);
    if (fault.hangMs) await sleep(fault.hangMs);
    return fault.status || fault.drop ? faulty(fault) : answer;
  } finally {
    if (key) session.keysInUse.delete(key);
  }
}

function faulty({ status = 500, drop = false, retry_after: wait }: FaultPlan): ApiAnswer {
  const error =
    status === 429
      ? new StripeError(429, 'rate_limit_error', 'Request rate limit exceeded.', { code: 'rate_limit' })
      : new StripeError(status, 'api_error', 'An unknown error occurred.');
  const answer = failure(error);
  if (wait !== undefined) answer.headers['Retry-After'] = String(wait);
  return { ...answer, drop };
}

/** Executes a request, unless its idempotency key says that it was executed already. */
function once(session: Session, request: ApiRequest, record: RequestRecord): ApiAnswer {
  const { account } = session;
  try {
    const standing = replay(account, request);
    if (standing) {
      record.replayed = true;
      record.params = decodeForm(request.form);
      return { ...standing, headers: { 'Idempotent-Replayed': 'true' } };
    }
    if (request.version !== API_VERSION) {
      const message = `is ${request.version ?? 'missing'}, not ${API_VERSION}`;
      account.violate({
        where: `${request.method} ${request.path}`,
        what: 'header',
        faults: [{ path: 'Stripe-Version', message, keyword: 'const' }],
      });
    }
    return run(session, request, record);
  } catch (error) {
    if (error instanceof StripeError) return failure(error);
    console.error(`Stripe emulator: ${request.method} ${request.path}:`, error);
    return keep(account, request, failure(new StripeError(500, 'api_error', String(error))));
  }
}

function run({ account }: Session, request: ApiRequest, record: RequestRecord): ApiAnswer {
  const where = `${request.method} ${request.path}`;
  const route = routeOf(request.method, request.path);
  if (!route?.handle) {
    const what = 'is not emulated';
    account.violate({ where, what: 'request', faults: [{ path: '', message: what, keyword: 'path' }] });
    throw new StripeError(404, 'invalid_request_error', `Unrecognized request URL (${where}).`);
  }
  const form = decodeForm(request.form);
  const { operation } = route;
  const params = operation ? readParams(operation, form) : form;
  record.params = params;
  const faults = operation ? faultsOfParams(operation, params) : [];
  if (faults.length > 0) {
    account.violate({ where, what: 'request', faults });
    throw refuseParams(faults);
  }
  account.cause = { id: record.id, idempotency_key: request.idempotencyKey };
  try {
    const body = account.atOnce(() => execute(account, route, params, request.path));
    return keep(account, request, { status: 200, body, headers: {} });
  } catch (error) {
    // From here on something may have happened: the same key gets the same answer.
    if (!(error instanceof StripeError)) throw error;
    return keep(account, request, failure(error));
  } finally {
    account.cause = null;
  }
}

export function failure(error: StripeError): ApiAnswer {
  return { status: error.status, body: JSON.stringify(error.body()), headers: {} };
}

/** 401 for a key that is none of a test account; its account name otherwise. */
export function secretKeyOf(authorization: string | undefined): string {
  const [, scheme = '', credentials = ''] = /^(\S+)\s+(\S+)$/.exec(authorization ?? '') ?? [];
  const key =
    scheme.toLowerCase() === 'basic'
      ? Buffer.from(credentials, 'base64').toString().split(':')[0]
      : credentials;
  if (!key) {
    throw new StripeError(401, 'invalid_request_error', 'You did not provide an API key.');
  }
  if (!/^sk_test_\w+$/.test(key)) {
    throw new StripeError(401, 'invalid_request_error', `Invalid API Key provided: ${key.slice(0, 8)}****`);
  }
  return key;
}
