import * as z from 'zod';
import type { OAuthProvider } from '../auth/oauth-ports.ts';
import { createOAuthClient, type OAuthClientOptions } from './oauth-client.ts';
import { toReachableEmail } from './provider-email.ts';

const User = z.object({
  id: z.int().positive(),
  login: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
  name: z.string().nullish().catch(null),
});

const Emails = z.array(
  z.object({
    email: z.string(),
    primary: z.boolean(),
    verified: z.boolean(),
  }),
);

/**
 * GitHub. The address is the verified primary one, or another verified one; the profile's public address is not asked,
 * because it does not say whether it is verified.
 */
export function createGitHub(
  options: Omit<OAuthClientOptions, 'scopes'> & {
    readonly userEndpoint: string;
    readonly emailsEndpoint: string;
  },
): OAuthProvider {
  const client = createOAuthClient({ ...options, scopes: ['read:user', 'user:email'] });
  return {
    authorizationUrl: client.authorizationUrl,
    identify: (code, verifier) =>
      client.exchange(code, verifier, async ({ get }) => {
        const [user, emails] = await Promise.all([get(options.userEndpoint), get(options.emailsEndpoint)]);
        const { id, login, name } = User.parse(user);
        return {
          subject: String(id),
          ...pickEmail(Emails.parse(emails ?? [])), // 403 and 404: a GitHub App that may not read them
          login,
          name: name ?? undefined,
        };
      }),
  };
}

function pickEmail(emails: z.output<typeof Emails>): { email: string | null; emailVerified: boolean } {
  const reachable = emails
    .map((one) => ({ ...one, email: toReachableEmail(one.email) }))
    .filter((one) => one.email !== null);
  const verified = reachable.filter((one) => one.verified);
  const best = verified.find((one) => one.primary) ?? verified[0] ?? reachable[0];
  return best ? { email: best.email, emailVerified: best.verified } : { email: null, emailVerified: false };
}
