import type { Dial } from '../../src/adapters/smtp-connection.ts';

/** What the server says to a line; `undefined` for silence, `hang up` to end the connection. */
type Answer = (line: string) => string | undefined;

export const HANG_UP = 'hang up';

/** A mail server that takes everything. */
export const willing: Answer = (line) => {
  if (line === 'greeting') return '220 mail.acme.test ready';
  if (line.startsWith('EHLO')) return '250-mail.acme.test\r\n250-STARTTLS\r\n250 AUTH LOGIN PLAIN';
  if (line === 'DATA') return '354 go on';
  if (line === '.') return '250 2.0.0 taken';
  return line.startsWith('AUTH') ? '235 2.7.0 welcome' : '250 fine';
};

/**
 * A server at the other end of a socket, in this process: real ones can't be made to misbehave to order. `lines`
 * is what it was told, `dialled` how it was called, `tls` whether the client went over, `closed` whether it hung up.
 */
export function mailServer(answer: Answer) {
  const server = {
    lines: [] as string[],
    dialled: [] as unknown[],
    tls: false,
    closed: 0,
    dial: undefined as never as Dial,
  };
  server.dial = (address, options) => {
    server.dialled.push({ ...address, ...options });
    return socket();
  };

  function socket(greets = true): Socket {
    const toClient = new TransformStream<Uint8Array, Uint8Array>();
    const fromClient = new TransformStream<Uint8Array, Uint8Array>();
    const writer = toClient.writable.getWriter();
    const say = async (line: string) => {
      const reply = answer(line);
      if (reply === HANG_UP) await writer.close();
      else if (reply !== undefined) await writer.write(new TextEncoder().encode(`${reply}\r\n`));
    };
    const listen = async () => {
      if (greets) await say('greeting');
      let inData = false;
      let rest = '';
      for await (const chunk of fromClient.readable.pipeThrough(new TextDecoderStream())) {
        const lines = `${rest}${chunk}`.split('\r\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          server.lines.push(line);
          if (!inData || line === '.') await say(line);
          inData = (inData || line === 'DATA') && line !== '.';
        }
      }
    };
    listen().catch(() => undefined);
    return {
      readable: toClient.readable,
      writable: fromClient.writable,
      opened: Promise.resolve({}),
      closed: new Promise(() => undefined),
      upgraded: false,
      secureTransport: 'off',
      async close() {
        server.closed += 1;
      },
      startTls() {
        server.tls = true;
        return socket(false);
      },
    } as Socket;
  }
  return server;
}
