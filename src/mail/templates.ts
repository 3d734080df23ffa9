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
import paymentActionRequired from '../../templates/email/payment_action_required.liquid';
import paymentActionRequiredText from '../../templates/email/payment_action_required.txt.liquid';
import paymentFailed from '../../templates/email/payment_failed.liquid';
import paymentFailedText from '../../templates/email/payment_failed.txt.liquid';
import paymentRefunded from '../../templates/email/payment_refunded.liquid';
import paymentRefundedText from '../../templates/email/payment_refunded.txt.liquid';
import resetPassword from '../../templates/email/reset_password.liquid';
import resetPasswordText from '../../templates/email/reset_password.txt.liquid';
import subscriptionCanceled from '../../templates/email/subscription_canceled.liquid';
import subscriptionCanceledText from '../../templates/email/subscription_canceled.txt.liquid';
import subscriptionChanged from '../../templates/email/subscription_changed.liquid';
import subscriptionChangedText from '../../templates/email/subscription_changed.txt.liquid';
import subscriptionEnded from '../../templates/email/subscription_ended.liquid';
import subscriptionEndedText from '../../templates/email/subscription_ended.txt.liquid';
import subscriptionExpiring from '../../templates/email/subscription_expiring.liquid';
import subscriptionExpiringText from '../../templates/email/subscription_expiring.txt.liquid';
import subscriptionRenewed from '../../templates/email/subscription_renewed.liquid';
import subscriptionRenewedText from '../../templates/email/subscription_renewed.txt.liquid';
import subscriptionStarted from '../../templates/email/subscription_started.liquid';
import subscriptionStartedText from '../../templates/email/subscription_started.txt.liquid';
import trialEnding from '../../templates/email/trial_ending.liquid';
import trialEndingText from '../../templates/email/trial_ending.txt.liquid';
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
  subscription_started: subscriptionStarted,
  subscription_renewed: subscriptionRenewed,
  subscription_changed: subscriptionChanged,
  subscription_canceled: subscriptionCanceled,
  subscription_ended: subscriptionEnded,
  subscription_expiring: subscriptionExpiring,
  payment_failed: paymentFailed,
  payment_action_required: paymentActionRequired,
  trial_ending: trialEnding,
  payment_refunded: paymentRefunded,
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
  subscription_started: subscriptionStartedText,
  subscription_renewed: subscriptionRenewedText,
  subscription_changed: subscriptionChangedText,
  subscription_canceled: subscriptionCanceledText,
  subscription_ended: subscriptionEndedText,
  subscription_expiring: subscriptionExpiringText,
  payment_failed: paymentFailedText,
  payment_action_required: paymentActionRequiredText,
  trial_ending: trialEndingText,
  payment_refunded: paymentRefundedText,
} satisfies Record<MailKind | 'layout', string>;
