import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import type { Deps } from '../../src/http/router.ts';
import { readSettings } from '../../src/settings.ts';

/** The document needs settings and nothing else; in Node, because the validator compiles its schema at run time. */
it('/openapi.json is a valid OpenAPI 3.1 document', async () => {
  const secret = () => crypto.randomUUID() + crypto.randomUUID();
  const settings = readSettings({
    APP_ENV: 'test',
    APP_URL: 'http://tollgate.test',
    DATABASE_URL: 'postgres://nobody@127.0.0.1/none',
    ALGORITHM: 'HS256',
    ACCESS_SECRET_KEY: secret(),
    REFRESH_SECRET_KEY: secret(),
    VALIDATION_SECRET_KEY: secret(),
  });
  const requestCounter = { take: async () => ({ allowed: true, recorded: Promise.resolve() }) };
  const app = createApp({ deps: () => ({ settings, requestCounter }) as unknown as Deps });

  const document = await (await app.request('/openapi.json')).json<Record<string, unknown>>();
  expect(await new Validator().validate(document)).toEqual({ valid: true });
  expect(
    await new Validator().validate({ ...document, paths: { '/x': { get: { responses: 1 } } } }),
  ).toMatchObject({
    valid: false,
  });
});
