import accountDeactivated from '../../templates/email/account_deactivated.liquid';
import accountDeactivatedText from '../../templates/email/account_deactivated.txt.liquid';
import accountDeleted from '../../templates/email/account_deleted.liquid';
import accountDeletedText from '../../templates/email/account_deleted.txt.liquid';
import accountExists from '../../templates/email/account_exists.liquid';
import accountExistsText from '../../templates/email/account_exists.txt.liquid';
import button from '../../templates/email/button.liquid';
import emailChangeConfirm from '../../templates/email/email_change_confirm.liquid';
import emailChangeConfirmText from '../../templates/email/email_change_confirm.txt.liquid';
import emailChangeRequested from '../../templates/email/email_change_requested.liquid';
import emailChangeRequestedText from '../../templates/email/email_change_requested.txt.liquid';
import emailChangeTaken from '../../templates/email/email_change_taken.liquid';
import emailChangeTakenText from '../../templates/email/email_change_taken.txt.liquid';
import emailChanged from '../../templates/email/email_changed.liquid';
import emailChangedText from '../../templates/email/email_changed.txt.liquid';
import layout from '../../templates/email/layout.liquid';
import layoutText from '../../templates/email/layout.txt.liquid';
import loginCode from '../../templates/email/login_code.liquid';
import loginCodeText from '../../templates/email/login_code.txt.liquid';
import newDevice from '../../templates/email/new_device.liquid';
import newDeviceText from '../../templates/email/new_device.txt.liquid';
import passwordChanged from '../../templates/email/password_changed.liquid';
import passwordChangedText from '../../templates/email/password_changed.txt.liquid';
import resetPassword from '../../templates/email/reset_password.liquid';
import resetPasswordText from '../../templates/email/reset_password.txt.liquid';
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
  email_change_confirm: emailChangeConfirm,
  email_change_taken: emailChangeTaken,
  email_change_requested: emailChangeRequested,
  email_changed: emailChanged,
  new_device: newDevice,
  account_deactivated: accountDeactivated,
  account_deleted: accountDeleted,
  reset_password: resetPassword,
  password_changed: passwordChanged,
  login_code: loginCode,
} satisfies Record<MailKind | 'layout' | 'button', string>;

/** The plain-text twin of each kind. */
export const textTemplates = {
  layout: layoutText,
  verify_email: verifyEmailText,
  account_exists: accountExistsText,
  username_unavailable: usernameUnavailableText,
  email_change_confirm: emailChangeConfirmText,
  email_change_taken: emailChangeTakenText,
  email_change_requested: emailChangeRequestedText,
  email_changed: emailChangedText,
  new_device: newDeviceText,
  account_deactivated: accountDeactivatedText,
  account_deleted: accountDeletedText,
  reset_password: resetPasswordText,
  password_changed: passwordChangedText,
  login_code: loginCodeText,
} satisfies Record<MailKind | 'layout', string>;
