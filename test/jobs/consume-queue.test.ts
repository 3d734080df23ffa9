import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId, type OutboxId } from '../../src/ids.ts';
import { consumeMailQueue } from '../../src/jobs/consume-queue.ts';
import { sweepOutbox } from '../../src/mail/sweep.ts';
import { jobDeps, NO_MAIL_SERVER, putMail, readMail } from '../mail/outbox-rows.ts';
import { useService } from '../support/service.ts';

const service = useService();
let lines: string[];

beforeEach(() => {
  lines = [];
  for (const method of ['log', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => void lines.push(line));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs the consumer on messages; answers which were acknowledged and which are to come again, and when. */
async function consume(bodies: readonly unknown[], overrides = {}, attempts = 1) {
  const messages = bodies.map((body, index) => ({ id: `m${index}`, timestamp: new Date(), attempts, body }));
  const batch = createMessageBatch('tollgate-mail', messages);
  const delays: Record<string, number | undefined> = {};
  // The platform's result knows what is retried, but not when.
  const listened = batch.messages.map((message) => ({
    id: message.id,
    timestamp: message.timestamp,
    attempts,
    body: message.body,
    ack: () => message.ack(),
    retry(options?: QueueRetryOptions) {
      delays[message.id] = options?.delaySeconds;
      message.retry(options);
    },
  }));
  await consumeMailQueue({ ...batch, messages: listened }, jobDeps(service, overrides));
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
  return {
    acked: [...explicitAcks].sort(),
    retried: Object.fromEntries(retryMessages.map(({ msgId }) => [msgId, delays[msgId]])),
  };
}

describe('consumeMailQueue', () => {
  it('sends and acknowledges; a redelivery sends nothing', async () => {
    const { id, recipient } = await putMail(service);
    expect(await consume([{ outbox_id: id }])).toEqual({ acked: ['m0'], retried: {} });
    expect(await consume([{ outbox_id: id }])).toEqual({ acked: ['m0'], retried: {} });
    expect(await service.mailsTo(recipient)).toHaveLength(1);
  });

  it('judges each message by itself', async () => {
    const good = await putMail(service);
    const unmakeable = await putMail(service, { kind: 'unheard_of' });
    const last = await putMail(service, { kind: 'unheard_of', attempts: 3 });
    const result = await consume([
      { outbox_id: unmakeable.id },
      'nonsense',
      { outbox_id: "'; DROP TABLE outbox" },
      { outbox_id: newId<OutboxId>() },
      { outbox_id: last.id },
      { outbox_id: good.id },
    ]);
    expect(result).toEqual({ acked: ['m1', 'm2', 'm3', 'm4', 'm5'], retried: { m0: 10 } });
    expect(await service.mailsTo(good.recipient)).toHaveLength(1);
    expect(await readMail(service, last.id)).toMatchObject({ status: 'dead' });
  });

  it('comes again as late as the mail may be tried', async () => {
    const { id } = await putMail(service, { attempts: 2 });
    const { retried } = await consume([{ outbox_id: id }], NO_MAIL_SERVER);
    expect(retried).toEqual({ m0: 330 });
  });

  it('tries again when the database is away, later each time, and loses nothing', async () => {
    const { id, recipient } = await putMail(service);
    await service.withoutDatabase(async () => {
      expect(await consume([{ outbox_id: id }])).toEqual({ acked: [], retried: { m0: 10 } });
      expect(await consume([{ outbox_id: id }], {}, 3)).toEqual({ acked: [], retried: { m0: 40 } });
    });
    expect(await consume([{ outbox_id: id }])).toEqual({ acked: ['m0'], retried: {} });
    expect(await service.mailsTo(recipient)).toHaveLength(1);
  });

  it('sends a mail once when the queue and the sweep have it at the same time', async () => {
    const { id, recipient } = await putMail(service, { dueInSeconds: -1 });
    await Promise.all([
      consume([{ outbox_id: id }, { outbox_id: id }]),
      sweepOutbox(jobDeps(service)),
      consume([{ outbox_id: id }]),
    ]);
    expect(await service.mailsTo(recipient)).toHaveLength(1);
    expect(await readMail(service, id)).toMatchObject({ status: 'sent', attempts: 1 });
  });

  it('logs one JSON line a message, without an address', async () => {
    const { id } = await putMail(service);
    await consume([{ outbox_id: id }, { outbox_id: 'ada@acme.test' }]);
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      expect.arrayContaining([
        { job: 'mail', outbox_id: id, outcome: 'sent' },
        { job: 'mail', message_id: 'm1', outcome: 'malformed' },
      ]),
    );
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('@');
  });
});
