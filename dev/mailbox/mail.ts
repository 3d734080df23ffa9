import PostalMime from 'postal-mime';

/** A mail as the REST interface shows it. */
export type Mail = {
  readonly id: string;
  /** The address in the `From` header, or the envelope's when there is none. */
  readonly from: string;
  /** The addresses it was delivered to (the envelope's recipients). */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** By lower-case name; the values of a repeated header are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** When it arrived, ISO 8601. */
  readonly date: string;
};

/** Who the sender's server said it was from and for. */
export type Envelope = { readonly from: string; readonly to: readonly string[] };

/** Reads a message as it came over SMTP. */
export async function readMail(id: string, raw: Buffer, envelope: Envelope, date: Date): Promise<Mail> {
  const parsed = await PostalMime.parse(raw);
  const headers: Record<string, string> = {};
  for (const { key, value } of parsed.headers) {
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  return {
    id,
    from: parsed.from?.address || envelope.from,
    to: envelope.to,
    subject: parsed.subject ?? '',
    text: parsed.text ?? '',
    html: parsed.html ?? '',
    headers,
    date: date.toISOString(),
  };
}
