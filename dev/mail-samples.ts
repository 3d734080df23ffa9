import type { LoginCodeId, OneTimeTokenId } from '../src/ids.ts';
import type { MailContent, MailKind } from '../src/mail/kinds.ts';
import { BILLING_MAIL_SAMPLES } from './billing-mail-samples.ts';

const token_id = '7f1f5b0e-4c0f-4f0e-9f64-0c2f6f1c1a2b' as OneTimeTokenId;
const code_id = '0b6f0c7e-5f0d-4d0e-8f0a-1c2d3e4f5a6b' as LoginCodeId;
const username = 'ada.lovelace';

/** Each kind of mail as it may look, with the variants that a template tells apart. */
export const MAIL_SAMPLES: { readonly [Kind in MailKind]: readonly Extract<MailContent, { kind: Kind }>[] } =
  {
    verify_email: [{ kind: 'verify_email', username, token_id }],
    account_exists: [{ kind: 'account_exists', username }],
    username_unavailable: [{ kind: 'username_unavailable', username }],
    email_change_confirm: [{ kind: 'email_change_confirm', username, token_id, expires_in_seconds: 86_400 }],
    email_change_taken: [{ kind: 'email_change_taken', username }],
    email_change_requested: [{ kind: 'email_change_requested', username, new_email: 'ada@example.test' }],
    email_changed: [token_id, null].map((id) => ({
      kind: 'email_changed',
      username,
      new_email: 'ada@example.test',
      token_id: id,
      expires_in_seconds: 259_200,
    })),
    new_device: ['Berlin, DE', null].map((place) => ({
      kind: 'new_device',
      username,
      device: 'Firefox on Windows',
      place,
      at: '2026-11-20T10:24:00Z',
    })),
    reset_password: [{ kind: 'reset_password', username, token_id, subject: 'f0', ttl_seconds: 1_800 }],
    password_changed: [{ kind: 'password_changed', username }],
    login_code: [{ kind: 'login_code', username, code_id, ttl_seconds: 600 }],
    account_deactivated: [{ kind: 'account_deactivated', username }],
    account_deleted: [{ kind: 'account_deleted', username }],
    ...BILLING_MAIL_SAMPLES,
  };
