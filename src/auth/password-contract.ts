import * as z from 'zod';
import { email, password } from './contract.ts';

const newPassword = password.meta({
  description:
    'Eight (PASSWORD_MIN_LENGTH) to 128 characters; not the address, not the username, not a common one.',
});

export const ForgotPasswordRequest = z.object({ email }).meta({ id: 'ForgotPasswordRequest' });

export const NewPasswordRequest = z
  .object({
    token: z.string().max(1_024).meta({ description: 'From the link in the mail.' }),
    password: newPassword,
  })
  .meta({ id: 'NewPasswordRequest' });

export const ChangePasswordRequest = z
  .object({ old_password: password, new_password: newPassword })
  .meta({ id: 'ChangePasswordRequest' });

export const LoginCodeRequest = z.object({ email }).meta({ id: 'LoginCodeRequest' });

export const LoginByCodeRequest = z
  .object({
    email,
    code: z.string().max(64).meta({ description: 'The eight digits from the mail.', example: '04071776' }),
  })
  .meta({ id: 'LoginByCodeRequest' });
