import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Envelope, type Mail, readMail } from './mail.ts';

/** The mails that were caught, oldest first, one file each. */
export class MailStore {
  readonly #directory: string;
  readonly #mails: Mail[];
  readonly #watchers = new Set<() => void>();
  #lastTime = 0;
  // One write at a time: mails keep the order they arrived in, and a clearing does not cross one.
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, mails: Mail[]) {
    this.#directory = directory;
    this.#mails = mails;
  }

  /** Opens a folder, making it if need be. Files that are not a whole mail are left out. */
  static async open(directory: string): Promise<MailStore> {
    await mkdir(directory, { recursive: true });
    const mails: Mail[] = [];
    for (const file of (await readdir(directory)).sort()) {
      if (!file.endsWith('.json')) continue;
      const mail = parse(await readFile(join(directory, file), 'utf8'));
      if (mail) mails.push(mail);
    }
    return new MailStore(directory, mails);
  }

  list(): readonly Mail[] {
    return this.#mails;
  }

  find(id: string): Mail | undefined {
    return this.#mails.find((mail) => mail.id === id);
  }

  /** Keeps a mail. It is on disk when this resolves: the SMTP answer that follows takes responsibility for it. */
  add(raw: Buffer, envelope: Envelope): Promise<Mail> {
    return this.#inTurn(async () => {
      const mail = await readMail(this.#nextId(), raw, envelope, new Date());
      const file = this.#fileOf(mail.id);
      await writeFile(`${file}.new`, JSON.stringify(mail));
      await rename(`${file}.new`, file);
      this.#mails.push(mail);
      return mail;
    });
  }

  /** Throws all mails away. */
  clear(): Promise<void> {
    return this.#inTurn(async () => {
      const gone = this.#mails.splice(0);
      await Promise.all(gone.map((mail) => rm(this.#fileOf(mail.id), { force: true })));
    });
  }

  /** Calls back after every change; answers how to stop that. */
  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => {});
    const result = await turn;
    for (const notify of this.#watchers) notify();
    return result;
  }

  // Sorts by arrival as text, also across restarts, and is never used twice.
  #nextId(): string {
    this.#lastTime = Math.max(Date.now(), this.#lastTime + 1);
    return `${this.#lastTime.toString().padStart(15, '0')}-${crypto.randomUUID().slice(0, 8)}`;
  }

  #fileOf(id: string): string {
    return join(this.#directory, `${id}.json`);
  }
}

function parse(json: string): Mail | undefined {
  try {
    return JSON.parse(json) as Mail;
  } catch {
    return undefined;
  }
}
