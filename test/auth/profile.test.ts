import { describe, expect, it } from 'vitest';
import { newSession } from '../support/accounts.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';

const service = useService();
const read = (token: string) => service.fetch('/profile', { token });
const change = (token: string, json: unknown) => service.fetch('/profile', { method: 'PATCH', token, json });

describe('/profile', () => {
  it('is empty until something is said, also for an unverified account', async () => {
    const session = await newSession(service, { verified: false });
    const response = await read(session.token);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      user_id: session.id,
      first_name: null,
      last_name: null,
      profile_img: null,
      updated_at: expect.stringMatching(/Z$/),
    });
    expect(await service.sql('SELECT FROM profiles WHERE user_id = $1', [session.id])).toHaveLength(0);
  });

  it('changes what is named, keeps what is not, and clears what is null', async () => {
    const { token, id } = await newSession(service);
    const image = 'https://images.acme.test/a%20b.png?size=1';
    const first = await change(token, { first_name: ' Ada ', profile_img: image });
    expect(await first.json()).toMatchObject({ first_name: 'Ada', last_name: null, profile_img: image });
    await change(token, { last_name: 'Lovelace' });
    const cleared = await change(token, { profile_img: null });
    const profile = await cleared.json();
    expect(profile).toMatchObject({ first_name: 'Ada', last_name: 'Lovelace', profile_img: null });
    expect(await (await read(token)).json()).toEqual(profile);
    expect(await (await change(token, {})).json()).toMatchObject({
      first_name: 'Ada',
      last_name: 'Lovelace',
    });
    expect(await service.sql('SELECT FROM profiles WHERE user_id = $1', [id])).toHaveLength(1);
  });

  it('keeps every one of 30 parallel first changes', async () => {
    for (let round = 0; round < rounds(5); round++) {
      const { token, id } = await newSession(service);
      const changes = [{ first_name: 'Ada' }, { last_name: 'Lovelace' }, { profile_img: 'https://a.test/' }];
      const responses = await Promise.all(
        Array.from({ length: 30 }, (_, index) => change(token, changes[index % 3])),
      );
      expect(new Set(responses.map((response) => response.status))).toEqual(new Set([200]));
      expect(await service.sql('SELECT * FROM profiles WHERE user_id = $1', [id])).toMatchObject([
        { first_name: 'Ada', last_name: 'Lovelace', profile_img: 'https://a.test/' },
      ]);
    }
  });

  it.each([
    ['first_name', ''],
    ['first_name', '   '],
    ['first_name', 'x'.repeat(101)],
    ['last_name', 'two\nlines'],
    ['last_name', 7],
    ['profile_img', 'http://images.acme.test/a.png'],
    ['profile_img', 'javascript:alert(1)'],
    ['profile_img', 'data:text/html,x'],
    ['profile_img', `https://a.test/${'x'.repeat(2_048)}`],
    ['profile_img', ''],
  ])('refuses %s %o', async (field, value) => {
    const { token } = await newSession(service);
    const response = await change(token, { [field]: value });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'validation_failed',
      errors: { [field]: expect.any(String) },
    });
  });

  it('wants a token', async () => {
    expect((await service.fetch('/profile')).status).toBe(401);
    expect((await change('', { first_name: 'x' })).status).toBe(401);
  });
});
