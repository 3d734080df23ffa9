import { TollgateError } from 'tollgate/client';
import { t } from '../texts/index.ts';

/** A failure as a sentence for a person: ours for its code, or else the service's own. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof TollgateError)) return t.common.unexpected;
  if (error.code === 'network_error') return t.common.unreachable;
  if (error.code === 'unexpected_answer') return t.common.unexpected;
  const sentence = t.failures[error.code] ?? error.detail;
  // What was never set up does not come by waiting, whatever a 503 says.
  if (!error.retryAfter || error.code.endsWith('_not_configured')) return sentence;
  return `${sentence} ${t.common.tryAgainIn(error.retryAfter)}`;
}

/** What to name when asking whoever runs the service. */
export const requestIdOf = (error: unknown): string | undefined =>
  error instanceof TollgateError ? error.requestId : undefined;

/** The stable word for what went wrong. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof TollgateError ? error.code : undefined;

/** What the pages call a field that no form shows: a filter of a list. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  q: t.desk.users.search,
  user_id: t.desk.userId,
  admin_id: t.desk.audit.byAdmin,
  target_type: t.desk.audit.targetType,
  target_id: t.desk.audit.targetId,
  action: t.desk.audit.action,
  currency: t.desk.payments.currency,
  plan_code: t.desk.users.plan,
  recipient: t.desk.mails.recipient,
  kind: t.desk.mails.kind,
  created_from: t.desk.from,
  created_to: t.desk.to,
};

/** What is wrong with which field, where no form shows it by the field. */
export const fieldErrorsOf = (error: unknown): [field: string, message: string][] =>
  error instanceof TollgateError
    ? Object.entries(error.errors ?? {}).map(([field, message]) => [FIELD_NAMES[field] ?? field, message])
    : [];
