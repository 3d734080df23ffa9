import { neonConfig } from '@neondatabase/serverless';
import { expect, test } from 'vitest';
import { neonFetchEndpoint } from '../../../src/db/endpoint.ts';

test.each(['localhost', '127.0.0.1', '127.1.2.3', '[::1]'])('%s is the stand-in on its own port', (host) => {
  expect(neonFetchEndpoint(host, 5488)).toBe(`http://${host}:5488/sql`);
});

test.each([
  'ep-cool-darkness-123456.eu-central-1.aws.neon.tech',
  'ep-x-pooler.c-2.eu-central-1.aws.neon.tech',
  'localhost.example.com',
  '127.0.0.1.example.com',
])("%s is left to the driver's own rule", (host) => {
  const { fetchEndpoint } = neonConfig;
  const driversRule = typeof fetchEndpoint === 'function' ? fetchEndpoint(host, 5432, {}) : fetchEndpoint;
  expect(neonFetchEndpoint(host, 5432)).toBe(driversRule);
});
