import { MailNotAccepted } from '../mail/ports.ts';

export type Mailbox = { readonly name: string; readonly email: string };

/** Printable ASCII without what ends an address in a command or a header. SMTPUTF8 is not spoken here. */
const ADDRESS = /^[!-~]+@[!-~]+$/;
const ENDS_ADDRESS = /[<>,;:"()[\]\\]/;

/** RFC 2047 §2: an encoded word has at most 75 characters, which leaves 45 bytes before base64. */
const ENCODED_WORD_BYTES = 45;
const LINE_LENGTH = 76;

/**
 * Refuses what would not stay inside its header or SMTP command. The MIME library writes values as they are, so
 * a line break in one would begin a header, or a recipient, of somebody else's making.
 */
export function assertAddress(email: string): string {
  if (!ADDRESS.test(email) || ENDS_ADDRESS.test(email)) throw new MailNotAccepted('address refused');
  return email;
}

/** Refuses line breaks and other control characters in a header's value. */
export function assertOneLine(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f\u2028\u2029]/.test(value)) throw new MailNotAccepted('header refused');
  return value;
}

/** Reads `Tollgate <no-reply@acme.test>`, `"Acme, Inc." <no-reply@acme.test>` or a bare address. */
export function parseMailbox(text: string): Mailbox {
  const [, name = '', email = text] = /^([^<>]*?)\s*<([^<>]*)>$/.exec(text.trim()) ?? [];
  const unquoted = /^"(.*)"$/.exec(name.trim())?.[1]?.replace(/\\(.)/g, '$1') ?? name.trim();
  return { name: assertOneLine(unquoted), email: assertAddress(email.trim()) };
}

/** A mailbox as a header has it. */
export function formatMailbox({ name, email }: Mailbox): string {
  if (!name) return assertAddress(email);
  const quotable = isPlain(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : encodeWords(name);
  return `${quotable} <${assertAddress(email)}>`;
}

/** Free text as a header has it: as it is when short and ASCII, else as encoded words (RFC 2047), folded. */
export function formatText(text: string): string {
  return isPlain(text) ? text : encodeWords(assertOneLine(text));
}

function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text) && text.length <= LINE_LENGTH && !text.includes('=?');
}

function encodeWords(text: string): string {
  const words: string[] = [];
  let bytes: number[] = [];
  const encoder = new TextEncoder();
  // Whole code points only: each word has to be decodable by itself (RFC 2047 §5).
  for (const character of text) {
    const next = encoder.encode(character);
    if (bytes.length + next.length > ENCODED_WORD_BYTES) {
      words.push(encodeWord(bytes));
      bytes = [];
    }
    bytes.push(...next);
  }
  if (bytes.length > 0) words.push(encodeWord(bytes));
  return words.join('\r\n ');
}

function encodeWord(bytes: readonly number[]): string {
  return `=?UTF-8?B?${btoa(String.fromCharCode(...bytes))}?=`;
}
