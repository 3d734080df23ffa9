import * as z from 'zod';
import { hashApiKey } from '../auth/api-key.ts';
import type { AuthDeps } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import { API_KEY_HEADER, bearerTokenOf, type Calling } from '../http/bearer.ts';
import type { Credentials } from '../rpc.ts';

/** Strict: a name that is misspelt would be a credential that nobody looks at. */
const Given = z.strictObject({
  authorization: z.string().nullish(),
  apiKey: z.string().nullish(),
  ip: z.string().nullish(),
});

/**
 * The headers that count, of a request that came to another Worker. Its CF-Connecting-IP was set by the edge there.
 *
 * @throws {AppError} `validation_failed`
 */
export function headersOf(credentials: Credentials): Calling['req'] {
  const headers = credentials instanceof Request ? credentials.headers : credentials;
  if (headers instanceof Headers) return { header: (name) => headers.get(name) ?? undefined };
  const { authorization, apiKey, ip } = parsed(Given, headers, 'credentials');
  const given = new Map([
    ['Authorization', authorization],
    [API_KEY_HEADER, apiKey],
    ['CF-Connecting-IP', ip],
  ]);
  return { header: (name) => given.get(name) ?? undefined };
}

/** Who is calling by these headers, found out as for a request over HTTP. */
export async function identify(deps: Pick<AuthDeps, 'accessTokens'>, req: Calling['req']): Promise<Calling> {
  const token = bearerTokenOf(req.header('Authorization'));
  const key = req.header(API_KEY_HEADER);
  return {
    req,
    var: {
      claims: token ? await deps.accessTokens.verify(token) : undefined,
      keyHash: key === undefined ? undefined : await hashApiKey(key),
    },
  };
}

/**
 * An argument, by its schema; failures are named below `name`, or as over HTTP without one. What another Worker passes is checked like what comes from outside: types end at the
 * binding.
 *
 * @throws {AppError} `validation_failed`
 */
export function parsed<T extends z.ZodType>(schema: T, value: unknown, name?: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors: Record<string, string> = {};
  for (const { path, message } of result.error.issues) {
    errors[[...(name ? [name] : []), ...path].map(String).join('.') || 'body'] ??= message;
  }
  throw new AppError('validation_failed', { errors });
}
