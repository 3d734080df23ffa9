import { afterEach, expect, it, vi } from 'vitest';
import { newSession } from '../support/accounts.ts';
import { useService } from '../support/service.ts';

const service = useService();
afterEach(() => void vi.restoreAllMocks());

it('a database that never answers is given up on, and the request is told', async () => {
  const session = await newSession(service);
  vi.spyOn(globalThis, 'fetch').mockImplementation(
    (_url, init) =>
      new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      }),
  );
  const response = await service.post('/refresh-token', undefined, { cookie: session.cookie });
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ code: 'database_unavailable' });
  expect(response.headers.get('Set-Cookie')).toBeNull();
});
