import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError } from '../src/settings.ts';
import { useService } from './support/service.ts';

const random = () => crypto.randomUUID() + crypto.randomUUID();
const valid = {
  APP_ENV: 'production',
  APP_URL: 'https://auth.acme.test/',
  DATABASE_URL: 'postgres://u:p@ep-cool-name.eu-central-1.aws.neon.tech/app',
  ACCESS_SECRET_KEY: JSON.stringify({ kty: 'EC', crv: 'P-256', x: random(), y: random(), d: random() }),
  REFRESH_SECRET_KEY: random(),
  VALIDATION_SECRET_KEY: random(),
};
const problemOf = (env: Record<string, string | undefined>) => {
  try {
    readSettings(env);
    return 'none';
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
};

describe('settings', () => {
  it('have defaults for all that is not a secret', () => {
    expect(readSettings(valid)).toMatchObject({
      APP_URL: 'https://auth.acme.test',
      FRONTEND_URL: 'https://auth.acme.test/app',
      ALGORITHM: 'ES256',
      ACCESS_TOKEN_EXPIRE: 900,
      REFRESH_TOKEN_EXPIRE: 1_209_600,
      VALIDATION_TOKEN_EXPIRE: 86_400,
      PASSWORD_MIN_LENGTH: 8,
      HIDE_ACCOUNT_EXISTENCE: false,
      COOKIE_SAMESITE: 'Lax',
      RATE_LIMIT_CREDENTIALS: { requests: 5, seconds: 60 },
      STRIPE_METERS: {},
    });
  });

  it('read which metrics are charged for, and name what is no such list', () => {
    const STRIPE_METERS = 'items=acme_items, secondary = acme.seats';
    expect(readSettings({ ...valid, STRIPE_METERS }).STRIPE_METERS).toEqual({
      items: 'acme_items',
      secondary: 'acme.seats',
    });
    for (const wrong of ['items', 'items=', '=x', 'items=a b', 'items=a,,secondary=b']) {
      expect(problemOf({ ...valid, STRIPE_METERS: wrong })).toContain('STRIPE_METERS must be');
    }
  });

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(readSettings(valid))).toBe(true);
  });

  const secrets = ['ACCESS_SECRET_KEY', 'REFRESH_SECRET_KEY', 'VALIDATION_SECRET_KEY'];
  it.each([...secrets, 'APP_ENV', 'APP_URL', 'DATABASE_URL'])(
    'name %s when it is missing or empty',
    (name) => {
      for (const value of [undefined, '']) {
        expect(problemOf({ ...valid, [name]: value })).toContain(`${name} is missing`);
        expect(problemOf({ ...valid, APP_ENV: 'development', [name]: value })).toContain(
          `${name} is missing`,
        );
      }
    },
  );

  it.each(secrets)('name %s when it is short', (name) => {
    for (const APP_ENV of ['development', 'test', 'production']) {
      expect(problemOf({ ...valid, APP_ENV, [name]: random().slice(0, 31) })).toContain(`${name} is shorter`);
    }
  });

  it.each(secrets)(
    'name %s when it looks like an example, repeats itself or is another’s, in production',
    (name) => {
      for (const value of [
        'change-me-change-me-change-me-change-me',
        'your-secret-key-goes-here-0123456789abc',
        'this is an example secret, do not use it',
        'x'.repeat(64),
        'abababababababababababababababababab',
      ]) {
        expect(problemOf({ ...valid, [name]: value })).toContain(name);
      }
      const other = secrets.find((one) => one !== name) ?? '';
      expect(problemOf({ ...valid, [name]: valid[other as 'REFRESH_SECRET_KEY'] })).toContain(
        'is the same as',
      );
    },
  );

  it('name every variable at once', () => {
    const problem = problemOf({});
    for (const name of [...secrets, 'APP_ENV', 'APP_URL', 'DATABASE_URL']) expect(problem).toContain(name);
  });

  it('never repeat a secret’s value', () => {
    expect(problemOf({ ...valid, ACCESS_SECRET_KEY: 'hunter2' })).not.toContain('hunter2');
  });

  it.each([
    ['APP_URL', 'http://auth.acme.test'],
    ['DATABASE_URL', 'postgres://u:p@127.0.0.1:5488/app'],
    ['DATABASE_URL', 'postgres://u:p@localhost/app'],
    ['SMTP_HOST', 'localhost'],
    ['GOOGLE_AUTH_URL', 'http://localhost:4002/o/oauth2/v2/auth'],
    ['GOOGLE_TOKEN_URL', 'http://127.0.0.1:4002/oauth2/token'],
    ['GOOGLE_USERINFO_URL', 'https://[::1]/userinfo'],
    ['GOOGLE_REDIRECT_URI', 'http://localhost:8787/auth/social/callback/google'],
    ['GITHUB_AUTHORIZE_URL', 'http://github.acme.test/login/oauth/authorize'],
    ['GITHUB_TOKEN_URL', 'http://127.0.0.1:4001/login/oauth/access_token'],
    ['GITHUB_USER_API', 'file:///etc/passwd'],
    ['GITHUB_EMAILS', 'https://localhost/user/emails'],
    ['AI_DATABASE_URL', 'postgres://u:p@127.0.0.1:5488/app'],
    ['AI_DATABASE_URL', 'https://acme.test'],
    ['AI_PROVIDER', 'mock'],
    ['AI_PROVIDER', 'clever'],
    ['GROQ_BASE_URL', 'http://127.0.0.1:12434/v1'],
    ['GROQ_BASE_URL', 'http://models.acme.test/v1'],
    ['AI_SEND_ROWS', 'yes'],
    ['RATE_LIMIT_AI', '10'],
    ['GOOGLE_CLIENT_SECRET', 'your-google-client-secret'],
    ['GITHUB_CLIENT_SECRET', 'short'],
    ['MAIL_FROM', 'no mailbox'],
    ['MAIL_FROM', 'Acme <a@b.test>\r\nBcc: x@y.test'],
    ['COOKIE_SAMESITE', 'none'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://app.acme.test/'],
    ['CORS_ORIGINS', 'https://app.acme.test,app.acme.test'],
    ['RATE_LIMIT_CREDENTIALS', '5'],
    ['RATE_LIMIT_CREDENTIALS', '0/60'],
    ['ACCESS_TOKEN_EXPIRE', '15m'],
    ['ACCESS_TOKEN_EXPIRE', '-1'],
    ['PASSWORD_MIN_LENGTH', '7'],
    ['ALGORITHM', 'none'],
    ['HIDE_ACCOUNT_EXISTENCE', 'yes'],
    ['APP_ENV', 'prod'],
  ])('refuse %s=%s in production', (name, value) => {
    expect(problemOf({ ...valid, [name]: value })).toContain(name);
  });

  it('take a stand-in for a provider outside production alone', () => {
    const standIn = { GOOGLE_TOKEN_URL: 'http://127.0.0.1:4002/oauth2/token' };
    for (const APP_ENV of ['development', 'test']) {
      expect(readSettings({ ...valid, ...standIn, APP_ENV })).toMatchObject(standIn);
    }
  });

  it('read a list of origins', () => {
    const { CORS_ORIGINS } = readSettings({
      ...valid,
      CORS_ORIGINS: 'https://a.test, http://localhost:3000',
    });
    expect(CORS_ORIGINS).toEqual(['https://a.test', 'http://localhost:3000']);
  });
});

describe('a service without its settings', () => {
  const service = useService();

  it('serves nothing, and says which variable is at fault', async () => {
    for (const path of ['/health', '/me', '/docs', '/openapi.json']) {
      const response = await service.fetch(path, {}, { REFRESH_SECRET_KEY: 'short' });
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({
        code: 'misconfigured',
        detail: expect.stringContaining('REFRESH_SECRET_KEY'),
      });
    }
  });
});
