/** What becomes of a webhook event; `orphan`: about somebody or something that is not ours. */
export const EVENT_STATUSES = ['received', 'processing', 'failed', 'done', 'orphan', 'dead'] as const;

/** What becomes of a mail. */
export const MAIL_STATUSES = ['pending', 'sent', 'dead'] as const;
