import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { neon, neonConfig } from '@neondatabase/serverless';
import { afterAll, beforeAll, inject } from 'vitest';
import { neonFetchEndpoint } from '../../src/db/endpoint.ts';
import { rowTypes } from '../../src/db/postgres.ts';
import { buildDeps, settingsOf } from '../../src/deps.ts';
import worker from '../../src/worker.ts';

neonConfig.fetchEndpoint = neonFetchEndpoint;

export const APP_URL = 'http://tollgate.test';

/** Where requests come from, unless they say otherwise. */
export const CLIENT_IP = '203.0.113.7';

/** A mail as the mailbox caught it. */
export type Mail = { id: string; from: string; to: string[]; subject: string; text: string; html: string };

type Init = Omit<RequestInit, 'body' | 'headers'> & {
  /** Sent as it is. */
  body?: BodyInit;
  /** Sent as JSON. */
  json?: unknown;
  token?: string;
  cookie?: string;
  headers?: Record<string, string>;
};

/** The service under test: the real Worker on a database of its own. */
export type Service = ReturnType<typeof build>;

/**
 * Gives every test file (or `describe`) a service with a fresh, migrated database. Rate limits are raised, so that
 * a test which means them has to say so; variables given here win.
 *
 * @param user the role that the service has in the database: what it is granted has to be enough
 */
export function useService(variables: Record<string, string> = {}, user = 'tollgate_app'): Service {
  const name = `t_${crypto.randomUUID().replaceAll('-', '')}`;
  const endpoint = inject('databaseEndpoint');
  beforeAll(async () => {
    const response = await fetch(`${endpoint}/db/${name}`, { method: 'PUT' });
    if (!response.ok) throw new Error(await response.text());
  });
  afterAll(async () => {
    await fetch(`${endpoint}/db/${name}`, { method: 'DELETE' });
  });
  return build(name, variables, user);
}

function build(database: string, variables: Record<string, string>, user: string) {
  const endpoint = inject('databaseEndpoint');
  const mailbox = inject('mailbox');
  const urlAs = (role: string) => `postgres://${role}:${role}@${new URL(endpoint).host}/${database}`;
  const databaseUrl = urlAs(user);
  const queued: unknown[] = [];
  const billingQueued: unknown[] = [];
  const sql = neon(urlAs('tollgate'));
  /** Rows come as the service has them: times are text. */
  const run = (text: string, parameters: unknown[] = []) => sql.query(text, parameters, { types: rowTypes });

  /** The environment of the Worker, with what `overrides` changes. */
  const environment = (overrides: Record<string, unknown> = {}) =>
    ({
      KV: env.KV,
      RATE_LIMITER: env.RATE_LIMITER,
      APP_ENV: 'test',
      APP_URL,
      DATABASE_URL: databaseUrl,
      ACCESS_SECRET_KEY: TEST_KEYS.access,
      REFRESH_SECRET_KEY: TEST_KEYS.refresh,
      VALIDATION_SECRET_KEY: TEST_KEYS.validation,
      RATE_LIMIT_CREDENTIALS: '100000/60',
      RATE_LIMIT_DEFAULT: '100000/60',
      RATE_LIMIT_AI: '100000/60',
      SMTP_HOST: '127.0.0.1',
      SMTP_PORT: String(mailbox.smtpPort),
      MAIL_FROM: 'Tollgate <no-reply@tollgate.test>',
      // The platform would run the consumer in another environment than this test's; `deliverQueued` runs it here.
      MAIL_QUEUE: {
        send: async (body: unknown) => void queued.push(body),
      },
      BILLING_QUEUE: {
        send: async (body: unknown) => void billingQueued.push(body),
      },
      ...variables,
      ...overrides,
    }) as unknown as Parameters<typeof worker.queue>[1];

  const standing = environment();

  const service = {
    databaseUrl,
    queued,
    billingQueued,
    environment,

    /** The dependencies of a use case, wired as for a request. */
    deps: (ctx = createExecutionContext()) => buildDeps(settingsOf(standing), standing, ctx),

    /** What the refresh cookie is called there. */
    cookieName: (variables.APP_URL ?? APP_URL).startsWith('https:')
      ? '__Host-refresh_token'
      : 'refresh_token',

    /** One request, answered and with its background work done. */
    async fetch(path: string, init: Init = {}, overrides?: Record<string, unknown>): Promise<Response> {
      const { json, token, cookie, headers, ...rest } = init;
      const request = new Request(new URL(path, APP_URL), {
        redirect: 'manual',
        ...rest,
        ...(json !== undefined && { body: JSON.stringify(json) }),
        headers: {
          'CF-Connecting-IP': CLIENT_IP,
          ...(json !== undefined && { 'Content-Type': 'application/json' }),
          ...(token && { Authorization: `Bearer ${token}` }),
          ...(cookie && { Cookie: cookie }),
          ...headers,
        },
      });
      const ctx = createExecutionContext();
      const response = await worker.fetch(request, overrides ? environment(overrides) : standing, ctx);
      await waitOnExecutionContext(ctx);
      return response;
    },

    post: (path: string, json?: unknown, init: Init = {}) =>
      service.fetch(path, { method: 'POST', json, ...init }),

    /** Plain SQL as the owner, for looking at rows and for putting the clock forward. */
    sql: run,

    /** The same, several statements as one transaction. */
    transaction: (...statements: [text: string, parameters: unknown[]][]) =>
      sql.transaction(statements.map(([text, parameters]) => run(text, parameters))),

    /** How many times the database was called meanwhile. */
    async roundTrips(act: () => Promise<unknown>): Promise<number> {
      const before = await requests();
      await act();
      return (await requests()) - before;
    },

    async withoutDatabase<T>(act: () => Promise<T>): Promise<T> {
      await fetch(`${endpoint}/db/${database}/outage`, { method: 'PUT' });
      try {
        return await act();
      } finally {
        await fetch(`${endpoint}/db/${database}/outage`, { method: 'DELETE' });
      }
    },

    /** Runs the consumer on the mails that are queued. */
    deliverQueued: (overrides?: Record<string, unknown>) => consume('tollgate-mail', queued, overrides),

    /** Runs the consumer on the events and tasks of billing that are queued, until nothing is. */
    async workOffBilling(overrides?: Record<string, unknown>) {
      while (billingQueued.length > 0) await consume('tollgate-billing', billingQueued, overrides);
    },

    /** Runs the cron. */
    runCron: (cron = '* * * * *', overrides?: Record<string, unknown>) =>
      inContext((ctx) =>
        worker.scheduled({ cron, scheduledTime: Date.now(), noRetry() {} }, environment(overrides), ctx),
      ),

    /** What arrived at an address, the oldest first. */
    async mailsTo(address: string): Promise<Mail[]> {
      const mails = await fetch(`${mailbox.webUrl}/email`).then((response) => response.json<Mail[]>());
      return mails.filter((mail) => mail.to.includes(address));
    },
  };

  async function consume(queue: string, bodies: unknown[], overrides?: Record<string, unknown>) {
    const messages = bodies.splice(0).map((body, index) => ({
      id: String(index),
      timestamp: new Date(),
      attempts: 1,
      body,
    }));
    const batch = createMessageBatch(queue, messages);
    const ctx = createExecutionContext();
    await worker.queue(batch, environment(overrides), ctx);
    return getQueueResult(batch, ctx);
  }

  async function inContext(act: (ctx: ExecutionContext) => Promise<void>): Promise<void> {
    const ctx = createExecutionContext();
    await act(ctx);
    await waitOnExecutionContext(ctx);
  }

  async function requests(): Promise<number> {
    const answer = await fetch(`${endpoint}/db/${database}/requests`).then((r) =>
      r.json<{ count: number }>(),
    );
    return answer.count;
  }
  return service;
}

const random = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(36)).join('');

/** Keys of this run alone. */
export const TEST_KEYS = { access: await newKey('ES256'), refresh: random(), validation: random() };

/** A private JWK for access tokens. */
export async function newKey(algorithm: 'ES256' | 'EdDSA'): Promise<string> {
  const pair = await crypto.subtle.generateKey(
    algorithm === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' },
    true,
    ['sign', 'verify'],
  );
  if (!('privateKey' in pair)) throw new Error('not a pair');
  return JSON.stringify(await crypto.subtle.exportKey('jwk', pair.privateKey));
}
