import { describe, expect, it } from 'vitest';
import { sweepOutbox } from '../../src/mail/sweep.ts';
import { useService } from '../support/service.ts';
import { jobDeps, NO_MAIL_SERVER, putMail, readMail } from './outbox-rows.ts';

describe('sweepOutbox', () => {
  const service = useService();

  it('delivers what the queue lost', async () => {
    const { id, recipient } = await putMail(service, { dueInSeconds: -1 });
    expect(await sweepOutbox(jobDeps(service))).toEqual({ sent: 1, retried: 0, dead: 0 });
    expect(await service.mailsTo(recipient)).toHaveLength(1);
    expect(await readMail(service, id)).toMatchObject({ status: 'sent' });
  });

  it('leaves the queue its head start', async () => {
    const { id } = await putMail(service, { dueInSeconds: 30 });
    await sweepOutbox(jobDeps(service));
    expect(await readMail(service, id)).toMatchObject({ status: 'pending', attempts: 0 });
  });

  it('sends each mail once when five run at the same time', async () => {
    const mails = [];
    for (let index = 0; index < 12; index += 1) mails.push(await putMail(service));
    const runs = await Promise.all(Array.from({ length: 5 }, () => sweepOutbox(jobDeps(service))));
    expect(runs.reduce((sum, run) => sum + run.sent, 0)).toBe(12);
    for (const { recipient } of mails) expect(await service.mailsTo(recipient)).toHaveLength(1);
  });

  it('takes over a mail whose sender died, and leaves one that is being sent', async () => {
    const abandoned = await putMail(service, { attempts: 1, leasedForSeconds: -1 });
    const held = await putMail(service, { attempts: 1, leasedForSeconds: 30 });
    await sweepOutbox(jobDeps(service));
    expect(await readMail(service, abandoned.id)).toMatchObject({ status: 'sent', attempts: 2 });
    expect(await readMail(service, held.id)).toMatchObject({ status: 'pending', attempts: 1 });
    await service.sql('DELETE FROM outbox WHERE id = $1', [held.id]);
  });

  it('buries a mail whose sender died in the last attempt', async () => {
    const { id, recipient } = await putMail(service, { attempts: 4, leasedForSeconds: -1 });
    const held = await putMail(service, { attempts: 4, leasedForSeconds: 30 });
    expect(await sweepOutbox(jobDeps(service))).toEqual({ sent: 0, retried: 0, dead: 1 });
    expect(await readMail(service, id)).toMatchObject({
      status: 'dead',
      last_error: 'interrupted during the last attempt',
    });
    expect(await readMail(service, held.id)).toMatchObject({ status: 'pending' });
    expect(await service.mailsTo(recipient)).toHaveLength(0);
  });

  it('counts what failed, and buries the last attempt', async () => {
    await putMail(service);
    await putMail(service, { attempts: 3 });
    const count = await sweepOutbox(jobDeps(service, NO_MAIL_SERVER));
    expect(count).toEqual({ sent: 0, retried: 1, dead: 1 });
  });

  it('begins nothing once its time is over', async () => {
    const { id } = await putMail(service);
    expect(await sweepOutbox(jobDeps(service), 0)).toEqual({ sent: 0, retried: 0, dead: 0 });
    expect(await readMail(service, id)).toMatchObject({ attempts: 0 });
    await sweepOutbox(jobDeps(service));
  });

  it('says that the database is away', async () => {
    const away = service.withoutDatabase(() => sweepOutbox(jobDeps(service)));
    await expect(away).rejects.toMatchObject({ code: 'database_unavailable' });
  });
});

describe('a long outbox', () => {
  const service = useService();

  it('is taken a hundred at a time, the longest overdue first', async () => {
    await service.sql(
      `INSERT INTO outbox (kind, recipient, payload, dedupe_key, next_attempt_at)
       SELECT 'account_exists', n || '@acme.test', '{"username": "ada"}', n::text, now() - make_interval(secs => n)
       FROM generate_series(1, 103) AS n`,
    );
    const deps = { ...jobDeps(service), mailer: { send: async () => undefined } };
    expect(await sweepOutbox(deps)).toMatchObject({ sent: 100 });
    const left = await service.sql(
      `SELECT recipient FROM outbox WHERE status = 'pending' ORDER BY dedupe_key`,
    );
    expect(left.map((row) => row.recipient)).toEqual(['1@acme.test', '2@acme.test', '3@acme.test']);
  });
});
