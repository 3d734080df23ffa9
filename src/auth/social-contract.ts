import * as z from 'zod';

export const SocialLoginQuery = z.object({
  redirect_to: z.string().optional().meta({
    description: 'Where to go when signed in: an address on FRONTEND_URL or on one of CORS_ORIGINS.',
    example: 'https://app.acme.test/welcome',
  }),
});

/** What a sign-in page has to know before anybody signed in. */
export const AuthOptions = z
  .object({
    providers: z.array(z.enum(['google', 'github'])).meta({ description: 'Those that are configured.' }),
    password_min_length: z.int(),
  })
  .meta({ id: 'AuthOptions' });

/** What the provider adds to the redirect URI. Anything may stand there: it is judged with the state. */
export const SocialCallbackQuery = z.object({
  code: z.string().max(4_096).optional(),
  state: z.string().max(1_024).optional(),
  error: z.string().max(1_024).optional().meta({ description: 'Instead of a code (RFC 6749 §4.1.2.1).' }),
});
