import { createRoute } from '@hono/zod-openapi';
import { ACTING_PROBLEMS, acting, idOr, READING_PROBLEMS, reading } from '../http/admin-routes.ts';
import { administratorOf } from '../http/administrator.ts';
import { callerOf } from '../http/api-key.ts';
import { json, Message, problems } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import type { OutboxId } from '../ids.ts';
import { toList } from './answers.ts';
import { IdPath } from './contract.ts';
import * as contract from './mail-contract.ts';
import { listMails, type OutboxMail, replayMail } from './mails.ts';

const listRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/admin/mails',
  summary: 'Mails, sent or not, without what they say',
  request: { query: contract.MailQuery },
  responses: {
    200: json(contract.OutboxMailList, 'The newest first. What was sent is forgotten after 30 days.'),
    ...problems(...READING_PROBLEMS, 'validation_failed'),
  },
});

const replayRoute = createRoute({
  ...acting,
  method: 'post',
  path: '/admin/mails/{id}/replay',
  summary: 'Send a mail again that failed for good',
  request: { params: IdPath },
  responses: {
    202: json(Message, 'It is on its way.'),
    ...problems(...ACTING_PROBLEMS, 'mail_not_found', 'mail_not_replayable'),
  },
});

const toMailResponse = (mail: OutboxMail): contract.OutboxMail => ({
  ...mail,
  created_at: mail.created_at.toISOString(),
  sent_at: mail.sent_at?.toISOString() ?? null,
});

/** The outbox as administrators see it. */
export function createMailRoutes() {
  return createRouter()
    .openapi(listRoute, async (c) => {
      const { status, kind, recipient, ...page } = c.req.valid('query');
      const found = await listMails(c.var.deps, callerOf(c), { status, kind, recipient }, page);
      return c.json(toList(found, page, toMailResponse), 200);
    })
    .openapi(replayRoute, async (c) => {
      const id = idOr<OutboxId>('mail_not_found', c.req.valid('param').id);
      await replayMail(c.var.deps, administratorOf(c), id);
      return c.json({ message: 'The mail is sent again.' }, 202);
    });
}
