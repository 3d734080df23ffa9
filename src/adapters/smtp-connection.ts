import { MailNotAccepted } from '../mail/ports.ts';
import { within } from './within.ts';

/** For each answer, and for the connection itself. */
const STEP_TIMEOUT_MS = 10_000;

/** For each part of hanging up; by then the mail's fate is decided. */
const CLOSE_TIMEOUT_MS = 1_000;

/** More than any server has to say at once. */
const REPLY_MAX_CHARACTERS = 65_536;

/** One reply, all its lines (RFC 5321 §4.2.1): `250-…` goes on, `250 …` ends it. */
const REPLY = /^(?:\d{3}-.*\r?\n)*(\d{3})(?: .*)?\r?\n/;

/** Opens a socket, as `connect` of `cloudflare:sockets` does. */
export type Dial = (address: SocketAddress, options: SocketOptions) => Socket;

export type SmtpReply = { readonly code: string; readonly text: string };

/**
 * A connection that speaks in commands and replies. Its errors name the step and the status codes, never what
 * either side said.
 */
export class SmtpConnection {
  #socket: Socket;
  #reader: ReadableStreamDefaultReader<Uint8Array>;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #decoder = new TextDecoder();
  #received = '';

  /** @param tls `now`: from the first byte; `later`: by {@link startTls} */
  constructor(dial: Dial, address: SocketAddress, tls: 'now' | 'later') {
    const secureTransport = tls === 'now' ? 'on' : 'starttls';
    [this.#socket, this.#reader, this.#writer] = opened(
      dial(address, { secureTransport, allowHalfOpen: false }),
    );
  }

  /** Waits for the connection and the server's greeting. */
  async greeting(): Promise<void> {
    await within(this.#socket.opened, 'connect', STEP_TIMEOUT_MS).catch((error: unknown) => {
      throw error instanceof MailNotAccepted ? error : new MailNotAccepted('connect failed');
    });
    await this.#reply('greeting', '2');
  }

  /**
   * Sends a line (or, for the mail itself, all of them) and waits for the answer.
   *
   * @param step what to call it in an error
   * @param expected the first digit of a good answer
   */
  async command(line: string, step: string, expected: '2' | '3' = '2'): Promise<SmtpReply> {
    const bytes = new TextEncoder().encode(line.endsWith('\r\n') ? line : `${line}\r\n`);
    await within(this.#writer.write(bytes), step, STEP_TIMEOUT_MS).catch(() => {
      throw new MailNotAccepted(`connection lost at ${step}`);
    });
    return this.#reply(step, expected);
  }

  /** Goes over to TLS, after the server agreed to. */
  startTls(): void {
    // What came in the clear must not be taken for the server's word afterwards (CVE-2011-0411).
    if (this.#received) throw new MailNotAccepted('unexpected reply before TLS');
    this.#reader.releaseLock();
    this.#writer.releaseLock();
    [this.#socket, this.#reader, this.#writer] = opened(this.#socket.startTls());
  }

  /** Says goodbye and hangs up, without waiting for an answer. Never fails, whatever state the connection is in. */
  async close(): Promise<void> {
    const quit = this.#writer.write(new TextEncoder().encode('QUIT\r\n'));
    await within(quit, 'QUIT', CLOSE_TIMEOUT_MS).catch(() => undefined);
    await within(this.#socket.close(), 'close', CLOSE_TIMEOUT_MS).catch(() => undefined);
  }

  async #reply(step: string, expected: string): Promise<SmtpReply> {
    for (;;) {
      const [text, code] = REPLY.exec(this.#received) ?? [];
      if (text !== undefined && code !== undefined) {
        this.#received = this.#received.slice(text.length);
        if (code.startsWith(expected)) return { code, text };
        // RFC 3463: `550 5.1.1 …`; the words after it may repeat the address.
        const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1];
        throw new MailNotAccepted(`${step} answered ${code}${enhanced ? ` ${enhanced}` : ''}`);
      }
      if (this.#received.length > REPLY_MAX_CHARACTERS)
        throw new MailNotAccepted(`${step} answered nonsense`);
      const { value } = await within(this.#reader.read(), step, STEP_TIMEOUT_MS).catch((error: unknown) => {
        throw error instanceof MailNotAccepted ? error : new MailNotAccepted(`connection lost at ${step}`);
      });
      if (!value) throw new MailNotAccepted(`connection closed at ${step}`);
      this.#received += this.#decoder.decode(value, { stream: true });
    }
  }
}

type Opened = [Socket, ReadableStreamDefaultReader<Uint8Array>, WritableStreamDefaultWriter<Uint8Array>];

function opened(socket: Socket): Opened {
  // Both are told to whoever reads or writes; nobody else is to hear of it.
  socket.opened.catch(() => undefined);
  socket.closed.catch(() => undefined);
  return [socket, socket.readable.getReader(), socket.writable.getWriter()];
}
