import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CommandError, PROJECT_ROOT } from '../../../dev/project.ts';
import { readDevSettings } from '../../../dev/settings.ts';
import { WORKER_VARIABLES, workerVariables } from '../../../dev/variables.ts';

describe("the Worker's variables in development", () => {
  test('are the addresses of what this run starts', () => {
    const env = { PORT: '9000', DEV_DB_PORT: '9001', DEV_SMTP_PORT: '9002' };
    expect(workerVariables(env, {}, readDevSettings(env))).toMatchObject({
      APP_ENV: 'development',
      APP_URL: 'http://localhost:9000',
      DATABASE_URL: 'postgres://tollgate:tollgate@127.0.0.1:9001/tollgate',
      SMTP_PORT: '9002',
    });
  });

  test('come from the environment, then .dev.vars, then the run', () => {
    const env = { SMTP_PASSWORD: 'from env', STRIPE_SECRET_KEY: '', HOME: '/root' };
    const devVars = {
      SMTP_PASSWORD: 'file',
      STRIPE_SECRET_KEY: 'file',
      APP_URL: 'http://a.test',
      SMTP_HOST: '',
    };
    const variables = workerVariables(env, devVars, readDevSettings({}));
    expect(variables).toMatchObject({
      SMTP_PASSWORD: 'from env',
      STRIPE_SECRET_KEY: '',
      APP_URL: 'http://a.test',
      SMTP_HOST: '127.0.0.1',
    });
    expect(variables).not.toHaveProperty('HOME');
  });

  test('send mail to the mailbox until somebody names a host', () => {
    const devVars = { SMTP_HOST: '', SMTP_PORT: '587', SMTP_PASSWORD: 'x' };
    const mailbox = workerVariables({}, devVars, readDevSettings({}));
    expect(mailbox).toMatchObject({ SMTP_HOST: '127.0.0.1', SMTP_PORT: '1025' });
    expect(mailbox).not.toHaveProperty('SMTP_PASSWORD');
    const env = { SMTP_HOST: 'mail.example.com' };
    expect(workerVariables(env, devVars, readDevSettings(env))).toMatchObject({ ...env, SMTP_PORT: '587' });
    expect(workerVariables(env, {}, readDevSettings(env))).not.toHaveProperty('SMTP_PORT');
  });

  test('sign in at the stand-ins until somebody names a client', () => {
    const copied = { GOOGLE_CLIENT_ID: '', GOOGLE_AUTH_URL: 'https://accounts.google.com/o/oauth2/v2/auth' };
    const env = { DEV_GOOGLE_PORT: '9002', DEV_GITHUB_PORT: '9001' };
    expect(workerVariables(env, copied, readDevSettings(env))).toMatchObject({
      GOOGLE_CLIENT_ID: 'tollgate-development',
      GOOGLE_AUTH_URL: 'http://localhost:9002/o/oauth2/v2/auth',
      GITHUB_TOKEN_URL: 'http://127.0.0.1:9001/login/oauth/access_token',
    });
    const own = { ...copied, GOOGLE_CLIENT_ID: 'mine', GOOGLE_CLIENT_SECRET: 'my own' };
    const variables = workerVariables(env, own, readDevSettings(env));
    expect(variables).toMatchObject({ ...own, GITHUB_CLIENT_ID: 'tollgate-development' });
    expect(variables).not.toHaveProperty('GOOGLE_TOKEN_URL');
  });

  test('reach the emulator of Stripe until somebody names a key', () => {
    const copied = { STRIPE_SECRET_KEY: '', STRIPE_API_URL: 'https://api.stripe.com' };
    const env = { DEV_STRIPE_PORT: '9003' };
    expect(workerVariables(env, copied, readDevSettings(env))).toMatchObject({
      STRIPE_SECRET_KEY: expect.stringMatching(/^sk_test_emulator_/),
      STRIPE_API_URL: 'http://127.0.0.1:9003',
    });
    const own = { ...copied, STRIPE_SECRET_KEY: 'sk_test_mine' };
    expect(workerVariables(env, own, readDevSettings(env))).toMatchObject(own);
    expect(
      workerVariables({ ...env, STRIPE_SECRET_KEY: 'sk_test_mine' }, {}, readDevSettings(env)),
    ).not.toHaveProperty('STRIPE_API_URL');
    // No key at all is a decision too: billing then says that it is not configured.
    expect(workerVariables({ STRIPE_SECRET_KEY: '' }, {}, readDevSettings({}))).toMatchObject({
      STRIPE_SECRET_KEY: '',
    });
  });

  test('ask the stand-in for a language model until somebody names a provider', () => {
    const copied = { AI_PROVIDER: '', GROQ_BASE_URL: 'https://api.groq.com/openai/v1', GROQ_API_KEY: 'x' };
    const env = { DEV_AI_PORT: '9004' };
    const variables = workerVariables(env, copied, readDevSettings(env));
    expect(variables).toMatchObject({ AI_PROVIDER: 'mock', GROQ_BASE_URL: 'http://127.0.0.1:9004/v1' });
    expect(variables).not.toHaveProperty('GROQ_API_KEY');
    const own = { ...copied, AI_PROVIDER: 'groq' };
    expect(workerVariables(env, own, readDevSettings(env))).toMatchObject(own);
    expect(workerVariables({ AI_PROVIDER: '' }, {}, readDevSettings({}))).toMatchObject({ AI_PROVIDER: '' });
  });

  test('take the database of a real PostgreSQL by its name', () => {
    const settings = readDevSettings({ DEV_POSTGRES_URL: 'postgres://me@db.example.com/mine' });
    expect(workerVariables({}, {}, settings).DATABASE_URL).toBe(
      'postgres://tollgate:tollgate@127.0.0.1:5488/mine',
    );
  });

  test('are all there that .dev.vars.example lists', () => {
    const example = readFileSync(join(PROJECT_ROOT, '.dev.vars.example'), 'utf8');
    const listed = [...example.matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect(listed).not.toEqual([]);
    expect(WORKER_VARIABLES).toEqual(expect.arrayContaining(listed));
  });
});

test('a port that is none is refused by name', () => {
  expect(() => readDevSettings({ DEV_MAIL_PORT: '70000' })).toThrow(CommandError);
  expect(() => readDevSettings({ PORT: 'http' })).toThrow('PORT must be a port');
});
