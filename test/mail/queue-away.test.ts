import { expect, it } from 'vitest';
import { newIdentity } from '../support/accounts.ts';
import { useService } from '../support/service.ts';

const service = useService();

it('a mail comes although the queue is away, as soon as the cron runs', async () => {
  const MAIL_QUEUE = { send: () => Promise.reject(new Error('the queue is away')) };
  const identity = newIdentity();
  const response = await service.fetch('/register', { method: 'POST', json: identity }, { MAIL_QUEUE });
  expect(response.status).toBe(201);
  await service.runCron();
  expect(await service.mailsTo(identity.email)).toHaveLength(0); // the queue still has its head start
  await service.sql('UPDATE outbox SET next_attempt_at = now()');
  await service.runCron();
  await service.runCron();
  expect(await service.mailsTo(identity.email)).toHaveLength(1);
});
