import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCron } from '../../src/jobs/run-cron.ts';
import { jobDeps, putMail, readMail } from '../mail/outbox-rows.ts';
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

describe('runCron', () => {
  it.each(['* * * * *', '', 'none of ours', 'toString'])('sweeps the outbox for %o', async (cron) => {
    const { id } = await putMail(service);
    await runCron(cron, jobDeps(service));
    expect(await readMail(service, id)).toMatchObject({ status: 'sent' });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { job: 'sweep_outbox', sent: 1, retried: 0, dead: 0 },
    ]);
  });

  it('is silent when there was nothing to do', async () => {
    await runCron('* * * * *', jobDeps(service));
    expect(lines).toEqual([]);
  });

  it('fails, with one line in the log, when a sweep failed', async () => {
    await service.withoutDatabase(async () => {
      await expect(runCron('* * * * *', jobDeps(service))).rejects.toThrow('a sweep failed');
    });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { job: 'sweep_outbox', outcome: 'failed', error: 'database_unavailable' },
      { job: 'sweep_tallies', outcome: 'failed', error: 'database_unavailable' },
    ]);
  });
});
