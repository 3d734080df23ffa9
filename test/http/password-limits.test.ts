import { describe, expect, it } from 'vitest';
import { newIdentity, newSession } from '../support/accounts.ts';
import { useService } from '../support/service.ts';

const service = useService();

describe('five requests a minute and client', () => {
  it.each<[string, object]>([
    ['/forget-password', { email: newIdentity().email }],
    ['/new-password', { token: 'x', password: 'a new and better password' }],
    ['/change-password', { old_password: 'wrong', new_password: 'a new and better password' }],
    ['/request/login-code', { email: newIdentity().email }],
    ['/login/code', { email: newIdentity().email, code: '12345678' }],
  ])('may call %s', async (path, json) => {
    const { token } = await newSession(service);
    const statuses = [];
    for (let time = 0; time < 6; time++) {
      const init = { method: 'POST', json, ...(path === '/change-password' && { token }) };
      statuses.push((await service.fetch(path, init, { RATE_LIMIT_CREDENTIALS: '5/60' })).status);
    }
    expect(statuses.slice(0, 5)).not.toContain(429);
    expect(statuses[5]).toBe(429);
  });
});
