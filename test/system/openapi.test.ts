import { beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/errors.ts';
import { MEANINGS } from '../../src/http/problem.ts';
import { useService } from '../support/service.ts';

type Operation = {
  summary?: string;
  security?: object[];
  responses: Record<string, { content?: Record<string, { schema: { $ref?: string } }> }>;
};
type Document = {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
};

const service = useService();
let document: Document;
beforeAll(async () => {
  document = await service.fetch('/openapi.json').then((response) => response.json<Document>());
});

describe('/openapi.json', () => {
  it('is of version 3.1 and says where the service is', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.servers).toEqual([{ url: 'http://tollgate.test' }]);
  });

  it('has every route of the contract that is built', () => {
    const routes = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.sort()).toEqual(
      [
        'POST /register',
        'POST /login',
        'POST /refresh-token',
        'POST /logout',
        'GET /verify',
        'POST /request/verify',
        'POST /forget-password',
        'POST /new-password',
        'POST /change-password',
        'POST /request/login-code',
        'POST /login/code',
        'GET /google/login',
        'GET /github/login',
        'GET /auth/social/callback/google',
        'GET /auth/social/callback/github',
        'GET /me',
        'POST /api-keys',
        'GET /api-keys',
        'DELETE /api-keys/{id}',
        'POST /users/provision',
        'GET /sessions',
        'DELETE /sessions/{id}',
        'GET /profile',
        'PATCH /profile',
        'POST /email-change',
        'POST /email-change/confirm',
        'POST /email-change/undo',
        'POST /deactivate',
        'DELETE /me',
        'POST /admin/billing/subscriptions',
        'PATCH /admin/billing/subscriptions/{id}',
        'POST /admin/billing/subscriptions/{id}/end',
        'GET /admin/dashboard/stats',
        'GET /admin/users',
        'GET /admin/users/{id}',
        'GET /admin/users/{id}/transactions',
        'GET /admin/users/{id}/subscriptions',
        'GET /admin/users/{id}/sessions',
        'GET /admin/users/{id}/api-keys',
        'PATCH /admin/users/{id}/status',
        'PATCH /admin/users/{id}/role',
        'PATCH /admin/users/{id}/verify',
        'POST /admin/users/{id}/sessions/revoke',
        'DELETE /admin/users/{id}/sessions/{session_id}',
        'DELETE /admin/users/{id}/api-keys/{key_id}',
        'POST /admin/users/{id}/password-reset',
        'POST /admin/users/{id}/unlock',
        'GET /admin/billing/transactions',
        'GET /admin/billing/transactions/{id}',
        'GET /admin/billing/subscriptions',
        'GET /admin/billing/subscriptions/{id}',
        'GET /admin/billing/events',
        'GET /admin/billing/events/{id}',
        'POST /admin/billing/events/{id}/replay',
        'GET /admin/billing/alerts',
        'POST /admin/billing/alerts/{id}/resolve',
        'GET /admin/mails',
        'POST /admin/mails/{id}/replay',
        'GET /admin/sql/schema',
        'POST /admin/sql',
        'GET /admin/exports/{id}',
        'POST /admin/ai/chat',
        'GET /me/export',
        'GET /admin/audit-logs',
        'GET /billing/subscriptions/me',
        'GET /billing/payments/me',
        'POST /billing/subscriptions/subscribe',
        'POST /billing/subscriptions/upgrade',
        'POST /billing/subscriptions/upgrade/preview',
        'POST /billing/subscriptions/cancel',
        'POST /billing/subscriptions/resume',
        'POST /billing/portal',
        'GET /billing/overview',
        'GET /billing/entitlements',
        'POST /usage',
        'GET /usage',
        'GET /auth/options',
        'GET /.well-known/jwks.json',
        'GET /billing/plans',
        'GET /billing/plans/{id}',
        'POST /billing/plans',
        'PATCH /billing/plans/{id}',
        'DELETE /billing/plans/{id}',
        'POST /billing/stripe/webhook',
        'GET /health',
        'GET /health/ready',
      ].sort(),
    );
  });

  it('names its shapes, and says of every route how it fails', () => {
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining([
        'User',
        'Problem',
        'RegisterRequest',
        'LoginRequest',
        'LoginResponse',
        'Session',
        'SessionList',
      ]),
    );
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        expect(operation.summary, `${method} ${path}`).toBeTruthy();
        const failures = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
        expect(failures.length, `${method} ${path}`).toBeGreaterThan(0);
        for (const [, { content }] of failures) {
          expect(content?.['application/problem+json']?.schema).toEqual({
            $ref: '#/components/schemas/Problem',
          });
        }
      }
    }
  });

  it('says of every route with a body what may be wrong with it', () => {
    const withBody = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.values(item)
        .filter((operation) => 'requestBody' in operation)
        .map((operation) => [path, Object.keys(operation.responses)] as const),
    );
    expect(withBody.length).toBeGreaterThan(8);
    for (const [path, statuses] of withBody) {
      expect(statuses, path).toEqual(expect.arrayContaining(['400', '413', '415', '422', '429', '503']));
    }
  });

  it('says which routes want a token and which the cookie', () => {
    expect(document.paths['/me']?.get?.security).toEqual([{ bearer: [] }, { apiKey: [] }]);
    expect(document.paths['/users/provision']?.post?.security).toEqual([{ apiKey: [] }]);
    expect(document.components.securitySchemes.apiKey).toMatchObject({ in: 'header', name: 'X-API-Key' });
    expect(document.paths['/refresh-token']?.post?.security).toEqual([{ refreshCookie: [] }]);
    expect(document.paths['/login']?.post?.security).toBeUndefined();
    expect(Object.keys(document.components.securitySchemes).sort()).toEqual([
      'apiKey',
      'bearer',
      'refreshCookie',
    ]);
  });
});

describe('the table of problems', () => {
  it.each([...ERROR_CODES])('has a sentence for %s', (code) => {
    expect(MEANINGS[code].detail).toMatch(/^[A-Z].*[.]$/);
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });
});

describe('/docs', () => {
  it('is a page that loads its script from the service alone', async () => {
    const response = await service.fetch('/docs');
    expect(response.headers.get('Content-Type')).toContain('text/html');
    const page = await response.text();
    expect(page).toContain('Tollgate API');
    expect([...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1])).toEqual([
      'data:,',
      '/openapi.json',
      '/docs/scalar.js',
    ]);
    expect(response.headers.get('Content-Security-Policy')).toContain("script-src 'self'");
  });

  it('can be switched off', async () => {
    expect((await service.fetch('/docs', {}, { DOCS_ENABLED: 'false' })).status).toBe(404);
  });
});
