import { Liquid, type LiquidOptions } from 'liquidjs';
import { billingTexts } from './billing-texts.ts';
import { utc } from './dates.ts';
import type { MailContent, MailKind } from './kinds.ts';
import type { MailLinks } from './ports.ts';
import { htmlTemplates, textTemplates } from './templates.ts';

export type MailContext = {
  readonly appName: string;
  readonly frontendUrl: string;
  /** For how long a mailed link works. */
  readonly linkTtlSeconds: number;
  readonly links: MailLinks;
};

export type RenderedMail = { readonly subject: string; readonly html: string; readonly text: string };

/** A variable that nobody gave fails the mail: better none than one that greets nobody or links nowhere. */
const STRICT: LiquidOptions = {
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  cache: true,
};

// Parsed templates are all that these two keep.
const html = new Liquid({ ...STRICT, templates: htmlTemplates, outputEscape: 'escape' });
const text = new Liquid({ ...STRICT, templates: textTemplates });

/** Subjects say nothing that a stranger chose, and nothing that is worth stealing from a lock screen. */
const SUBJECTS: Record<MailKind, (appName: string) => string> = {
  verify_email: (appName) => `Confirm your email address for ${appName}`,
  account_exists: (appName) => `You already have a ${appName} account`,
  username_unavailable: (appName) => `Choose another username for ${appName}`,
  email_change_confirm: (appName) => `Confirm your new email address for ${appName}`,
  email_change_taken: (appName) => `This address already has a ${appName} account`,
  email_change_requested: (appName) => `A new email address was asked for at ${appName}`,
  email_changed: (appName) => `Your email address at ${appName} was changed`,
  new_device: (appName) => `New sign-in to your ${appName} account`,
  account_deactivated: (appName) => `Your ${appName} account was deactivated`,
  account_deleted: (appName) => `Your ${appName} account was deleted`,
  reset_password: (appName) => `Set a new password for ${appName}`,
  password_changed: (appName) => `Your ${appName} password was changed`,
  login_code: (appName) => `Your ${appName} sign-in code`,
  subscription_started: (appName) => `Your ${appName} subscription has started`,
  subscription_renewed: (appName) => `Your ${appName} subscription was renewed`,
  subscription_changed: (appName) => `Your ${appName} plan was changed`,
  subscription_canceled: (appName) => `Your ${appName} subscription was cancelled`,
  subscription_ended: (appName) => `Your ${appName} subscription has ended`,
  subscription_expiring: (appName) => `Your ${appName} subscription ends soon`,
  payment_failed: (appName) => `A payment to ${appName} failed`,
  payment_action_required: (appName) => `Confirm your payment to ${appName}`,
  trial_ending: (appName) => `Your ${appName} trial ends soon`,
  payment_refunded: (appName) => `A refund from ${appName}`,
};

/**
 * Makes a mail out of its content: the subject, the HTML and a plain-text twin with the same links. Every value
 * is reduced to one line, and escaped in the HTML.
 *
 * @throws when a template asks for something it wasn't given
 */
export async function renderMail(content: MailContent, context: MailContext): Promise<RenderedMail> {
  const { kind, ...values } = content;
  const subject = oneLine(SUBJECTS[kind](context.appName));
  const scope = {
    subject,
    app_name: oneLine(context.appName),
    frontend_url: context.frontendUrl,
    ...textsOf(values),
    ...(await linksOf(content, context)),
  };
  const [htmlBody, textBody] = await Promise.all([
    html.renderFile(kind, scope),
    text.renderFile(kind, scope),
  ]);
  return { subject, html: htmlBody, text: textBody };
}

async function linksOf(content: MailContent, { frontendUrl, links, linkTtlSeconds }: MailContext) {
  switch (content.kind) {
    case 'verify_email':
      return { verify_url: await links.verifyEmail(content.token_id), expires_in: inWords(linkTtlSeconds) };
    case 'email_change_confirm':
      return {
        confirm_url: await links.confirmEmailChange(content.token_id),
        expires_in: inWords(content.expires_in_seconds),
      };
    case 'email_changed':
      return {
        undo_url: content.token_id && (await links.undoEmailChange(content.token_id)),
        expires_in: inWords(content.expires_in_seconds),
      };
    case 'new_device':
      return { at: utc(content.at) };
    case 'reset_password':
      return {
        reset_url: await links.resetPassword(content.token_id, content.subject),
        expires_in: inWords(content.ttl_seconds),
      };
    case 'login_code':
      return { code: await links.loginCode(content.code_id), expires_in: inWords(content.ttl_seconds) };
    case 'subscription_started':
    case 'subscription_renewed':
    case 'subscription_changed':
    case 'subscription_canceled':
    case 'subscription_ended':
    case 'subscription_expiring':
    case 'payment_failed':
    case 'payment_action_required':
    case 'trial_ending':
    case 'payment_refunded':
      return billingTexts(content, frontendUrl);
    default:
      return {};
  }
}

/** What people wrote, or chose, as text on one line that no mail client makes a link of. */
function textsOf(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? unlinked(oneLine(value)) : value,
    ]),
  );
}

/** A line break in a subject begins a header, in a text mail a paragraph of somebody else's. */
function oneLine(value: string): string {
  return value
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** Keeps a mail client from making a link of a name like `evil.test`, which a stranger may have chosen. */
function unlinked(value: string): string {
  return value.replaceAll('.', '.\u2060');
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** `24 hours`, `30 minutes`: in whole units, and never more than it is. */
export function inWords(seconds: number): string {
  for (const [unit, length] of UNITS) {
    const count = Math.floor(seconds / length);
    if (count >= 2) return `${count} ${unit}s`;
    // One day reads better as 24 hours, one and a half hours as 90 minutes.
    if (unit !== 'day' && seconds === length) return `1 ${unit}`;
  }
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}
