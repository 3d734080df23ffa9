import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** Sends a message over SMTP, line by line as it is written, and answers the server's last words. */
export async function sendMail(
  port: number,
  message: string,
  to: string[] = ['ada@example.com'],
): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const replies = createInterface({ input: socket })[Symbol.asyncIterator]();
  const reply = async (): Promise<string> => {
    for (;;) {
      const { value } = await replies.next();
      if (!/^\d{3}-/.test(value ?? '')) return value ?? '';
    }
  };
  await reply();
  const commands = [
    'EHLO test',
    'MAIL FROM:<bounces@example.com>',
    ...to.map((address) => `RCPT TO:<${address}>`),
    'DATA',
    `${message.replaceAll('\n', '\r\n')}\r\n.`,
  ];
  let last = '';
  for (const command of commands) {
    socket.write(`${command}\r\n`);
    last = await reply();
  }
  socket.end('QUIT\r\n');
  return last;
}
