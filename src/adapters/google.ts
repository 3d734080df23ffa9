import * as z from 'zod';
import type { OAuthProvider } from '../auth/oauth-ports.ts';
import { createOAuthClient, type OAuthClientOptions } from './oauth-client.ts';
import { toReachableEmail } from './provider-email.ts';

/** OpenID Connect Core §5.3.2. `email_verified` counts when it is true, and not when it is a word that says so. */
const UserInfo = z.object({
  sub: z.string().regex(/^[\x21-\x7e]{1,255}$/),
  email: z.string().nullish(),
  email_verified: z.unknown().optional(),
  name: z.string().nullish().catch(null),
});

/** Google, and whatever speaks OpenID Connect like it. Who it is comes from the userinfo endpoint, over TLS. */
export function createGoogle(
  options: Omit<OAuthClientOptions, 'scopes'> & { readonly userInfoEndpoint: string },
): OAuthProvider {
  const client = createOAuthClient({ ...options, scopes: ['openid', 'email', 'profile'] });
  return {
    authorizationUrl: client.authorizationUrl,
    identify: (code, verifier) =>
      client.exchange(code, verifier, async ({ get }) => {
        const info = UserInfo.parse(await get(options.userInfoEndpoint));
        const email = info.email ? toReachableEmail(info.email) : null;
        return {
          subject: info.sub,
          email,
          emailVerified: email !== null && info.email_verified === true,
          name: info.name ?? undefined,
        };
      }),
  };
}
