import { describe, expect, it } from 'vitest';
import { newId, type OutboxId } from '../../src/ids.ts';
import { deliver } from '../../src/mail/deliver.ts';
import type { Mailer } from '../../src/mail/ports.ts';
import { APP_URL, useService } from '../support/service.ts';
import { jobDeps, NO_MAIL_SERVER, putMail, readMail } from './outbox-rows.ts';

const service = useService();

describe('deliver', () => {
  it('sends a mail once when thirty ask for it at the same time', async () => {
    const { id, recipient } = await putMail(service);
    const deliveries = await Promise.all(Array.from({ length: 30 }, () => deliver(jobDeps(service), id)));
    expect(deliveries.filter((one) => one === 'sent')).toHaveLength(1);
    expect(deliveries.filter((one) => one === 'skipped')).toHaveLength(29);
    expect(await service.mailsTo(recipient)).toHaveLength(1);
    expect(await readMail(service, id)).toMatchObject({ status: 'sent', attempts: 1, has_sent_at: true });
  });

  it('sends nothing when it is asked again', async () => {
    const { id, recipient } = await putMail(service);
    expect(await deliver(jobDeps(service), id)).toBe('sent');
    expect(await deliver(jobDeps(service), id)).toBe('skipped');
    expect(await service.mailsTo(recipient)).toHaveLength(1);
  });

  it('skips a mail that does not exist', async () => {
    expect(await deliver(jobDeps(service), newId<OutboxId>())).toBe('skipped');
  });

  it('needs two round trips', async () => {
    const { id } = await putMail(service);
    expect(await service.roundTrips(() => deliver(jobDeps(service), id))).toBe(2);
  });

  it('gives a failed mail back, to be tried later and later', async () => {
    const { id } = await putMail(service);
    const deps = jobDeps(service, NO_MAIL_SERVER);
    const waits: unknown[] = [];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const delivery = await deliver(deps, id);
      if (typeof delivery !== 'object') throw new Error(delivery);
      const row = await readMail(service, id);
      expect(row).toMatchObject({ status: 'pending', attempts: attempt, last_error: 'connect failed' });
      expect(row.leased).toBeNull();
      expect(row.due_in).toBeCloseTo(delivery.retryAfterSeconds, -1);
      waits.push(delivery.retryAfterSeconds);
    }
    expect(waits).toEqual([10, 60, 330]);
  });

  it('buries a mail that failed four times, and lets it rest', async () => {
    const { id, recipient } = await putMail(service);
    const deps = jobDeps(service, NO_MAIL_SERVER);
    for (let attempt = 1; attempt <= 3; attempt += 1) await deliver(deps, id);
    expect(await deliver(deps, id)).toBe('dead');
    expect(await readMail(service, id)).toMatchObject({ status: 'dead', attempts: 4 });
    expect(await deliver(jobDeps(service), id)).toBe('skipped');
    expect(await service.mailsTo(recipient)).toHaveLength(0);
  });

  it('leaves a mail to whoever has the lease, and takes it when that has run out', async () => {
    const held = await putMail(service, { attempts: 1, leasedForSeconds: 30 });
    const abandoned = await putMail(service, { attempts: 1, leasedForSeconds: -1 });
    expect(await deliver(jobDeps(service), held.id)).toBe('skipped');
    expect(await deliver(jobDeps(service), abandoned.id)).toBe('sent');
    expect(await readMail(service, abandoned.id)).toMatchObject({ status: 'sent', attempts: 2 });
  });

  it('does not disturb the one who took over, when it fails after its lease ran out', async () => {
    const { id } = await putMail(service);
    const mailer: Mailer = {
      async send() {
        // A minute later, and somebody else is at it.
        await service.sql('UPDATE outbox SET attempts = attempts + 1 WHERE id = $1', [id]);
        throw new Error('too late');
      },
    };
    expect(await deliver({ ...jobDeps(service), mailer }, id)).toBe('skipped');
    expect(await readMail(service, id)).toMatchObject({ status: 'pending', attempts: 2, leased: true });
  });

  it('has the same Message-ID on every attempt', async () => {
    const { id } = await putMail(service);
    const seen: string[] = [];
    const mailer: Mailer = {
      async send({ messageId }) {
        seen.push(messageId);
        throw new Error('refused');
      },
    };
    await deliver({ ...jobDeps(service), mailer }, id);
    await deliver({ ...jobDeps(service), mailer }, id);
    expect(seen).toEqual(Array(2).fill(`<${id}@${new URL(APP_URL).hostname}>`));
  });

  it('keeps of an unknown error its name alone', async () => {
    const { id } = await putMail(service);
    const mailer: Mailer = { send: () => Promise.reject(new TypeError('550 <ada@acme.test> hunter2')) };
    await deliver({ ...jobDeps(service), mailer }, id);
    expect((await readMail(service, id)).last_error).toBe('failed with TypeError');
  });

  it('takes the times that a statement wrote into a mail of billing', async () => {
    const payload = { username: 'ada', plan_name: 'Pro' };
    const { id, recipient } = await putMail(service, { kind: 'subscription_expiring', payload });
    await service.sql(
      `UPDATE outbox SET payload = payload || jsonb_build_object('period_end', ends_at)
       FROM (VALUES (timestamptz '2026-12-20 18:00:59.123456+05:30')) AS period (ends_at) WHERE id = $1`,
      [id],
    );
    expect(await deliver(jobDeps(service), id)).toBe('sent');
    const [mail] = await service.mailsTo(recipient);
    expect(mail?.text).toContain('20 December 2026, 12:30 UTC');
  });

  it('buries a mail that cannot be made, without a word of what it holds', async () => {
    const { id } = await putMail(service, {
      kind: 'verify_email',
      payload: { username: 'ada' },
      attempts: 3,
    });
    expect(await deliver(jobDeps(service), id)).toBe('dead');
    expect(await readMail(service, id)).toMatchObject({ last_error: 'failed with ZodError' });
  });

  it('says that the database is away, and has the mail still', async () => {
    const { id } = await putMail(service);
    const away = service.withoutDatabase(() => deliver(jobDeps(service), id));
    await expect(away).rejects.toMatchObject({ code: 'database_unavailable' });
    expect(await readMail(service, id)).toMatchObject({ status: 'pending', attempts: 0 });
  });

  it('insists on noting that a mail went out', async () => {
    const { id, recipient } = await putMail(service);
    const { db, ...deps } = jobDeps(service);
    let calls = 0;
    const delivery = await deliver(
      {
        ...deps,
        db: {
          ...db,
          query: (one) => {
            calls += 1;
            return calls === 2 ? Promise.reject(new Error('lost')) : db.query(one);
          },
        },
      },
      id,
    );
    expect(delivery).toBe('sent');
    expect(await readMail(service, id)).toMatchObject({ status: 'sent' });
    expect(await service.mailsTo(recipient)).toHaveLength(1);
  });
});
