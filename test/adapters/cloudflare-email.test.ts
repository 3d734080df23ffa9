import { describe, expect, it } from 'vitest';
import { createCloudflareMailer } from '../../src/adapters/cloudflare-email.ts';

const settings = { MAIL_FROM: 'Tollgate <no-reply@acme.test>' };
const mail = {
  to: 'ada@acme.test',
  subject: 'Hello',
  html: '<p>Hello</p>',
  text: 'Hello',
  messageId: '<1@auth.acme.test>',
};

/** The platform's binding, which is not to be had without an account. */
function bindingThat(answer: () => Promise<EmailSendResult>) {
  const sent: unknown[] = [];
  const send = (given: unknown) => {
    sent.push(given);
    return answer();
  };
  return { sent, binding: { send } as SendEmail };
}

describe('createCloudflareMailer', () => {
  it('hands over the mail with the headers that the platform allows', async () => {
    const { sent, binding } = bindingThat(async () => ({ messageId: 'x' }));
    await createCloudflareMailer(binding, settings).send(mail);
    expect(sent).toEqual([
      {
        from: { name: 'Tollgate', email: 'no-reply@acme.test' },
        to: 'ada@acme.test',
        subject: 'Hello',
        html: '<p>Hello</p>',
        text: 'Hello',
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Message-ID': '<1@auth.acme.test>' },
      },
    ]);
  });

  it.each([
    [
      Object.assign(new Error('ada@acme.test bounced'), { code: 'E_RECIPIENT_SUPPRESSED' }),
      'E_RECIPIENT_SUPPRESSED',
    ],
    [new Error('ada@acme.test bounced'), 'unknown reason'],
  ])('keeps of a refusal the code alone', async (error, reason) => {
    const { binding } = bindingThat(() => Promise.reject(error));
    const sending = createCloudflareMailer(binding, settings).send(mail);
    await expect(sending).rejects.toMatchObject({ name: 'MailNotAccepted', message: `refused: ${reason}` });
  });

  it('refuses a line break in the subject', async () => {
    const { sent, binding } = bindingThat(async () => ({ messageId: 'x' }));
    const sending = createCloudflareMailer(binding, settings).send({
      ...mail,
      subject: 'a\r\nBcc: eve@evil.test',
    });
    await expect(sending).rejects.toThrow('header refused');
    expect(sent).toEqual([]);
  });
});
