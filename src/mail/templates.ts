import accountExists from '../../templates/email/account_exists.liquid';
import accountExistsText from '../../templates/email/account_exists.txt.liquid';
import button from '../../templates/email/button.liquid';
import layout from '../../templates/email/layout.liquid';
import layoutText from '../../templates/email/layout.txt.liquid';
import usernameUnavailable from '../../templates/email/username_unavailable.liquid';
import usernameUnavailableText from '../../templates/email/username_unavailable.txt.liquid';
import verifyEmail from '../../templates/email/verify_email.liquid';
import verifyEmailText from '../../templates/email/verify_email.txt.liquid';
import type { MailKind } from './kinds.ts';

/** The HTML of each kind, and the parts they share. They are in the bundle: a Worker has no file system. */
export const htmlTemplates = {
  layout,
  button,
  verify_email: verifyEmail,
  account_exists: accountExists,
  username_unavailable: usernameUnavailable,
} satisfies Record<MailKind | 'layout' | 'button', string>;

/** The plain-text twin of each kind. */
export const textTemplates = {
  layout: layoutText,
  verify_email: verifyEmailText,
  account_exists: accountExistsText,
  username_unavailable: usernameUnavailableText,
} satisfies Record<MailKind | 'layout', string>;
