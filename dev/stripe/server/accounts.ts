import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Account } from '../account/account.ts';
import { emptyState, type Kind, type Settings, type State } from '../account/state.ts';
import { advanceTo } from '../life/due.ts';
import { Faults } from './faults.ts';
import { Pusher } from './webhooks.ts';

const WRITE_AFTER_MS = 300;
const FILE = 'stripe.json';

/** What a request needs besides what is kept: faults that were asked for, and keys that are in use. */
export type Session = { readonly account: Account; readonly faults: Faults; readonly keysInUse: Set<string> };

/** The accounts, one for every secret key that was ever used; kept on disk when there is a folder. */
export class Accounts {
  readonly url: string;
  readonly #standing = new Map<string, Session>();
  readonly #settings: Partial<Settings>;
  readonly #dataDir: string | undefined;
  readonly #pusher = new Pusher();
  #timer: NodeJS.Timeout | undefined;

  constructor(url: string, settings: Partial<Settings>, dataDir: string | undefined) {
    this.url = url;
    this.#settings = settings;
    this.#dataDir = dataDir;
    for (const [key, state] of Object.entries(this.#read())) {
      // Where webhooks go, and with what secret, is this run's to say.
      state.settings = { ...state.settings, ...settings };
      this.#pusher.resume(this.#add(key, state).account);
    }
  }

  /** The account of a key, with everything done that fell due meanwhile. */
  of(key: string): Session {
    const session = this.#standing.get(key) ?? this.#add(key, this.#fresh());
    advanceTo(session.account, session.account.now());
    return session;
  }

  /** The account that an object is of. */
  holding(kind: Kind, id: string): Session | undefined {
    const found = this.list().find(({ account }) => account.find(kind, id) !== undefined);
    return found && this.of(found.account.key);
  }

  list(): Session[] {
    return [...this.#standing.values()];
  }

  /** Lets everything happen that is due by now. */
  tick(): void {
    for (const { account } of this.list()) {
      try {
        advanceTo(account, account.now());
      } catch (error) {
        // Whoever asks next meets it too; what ticks has nobody to tell.
        console.error('Stripe emulator:', error);
      }
    }
  }

  /** Begins an account anew; how it is set up stays. */
  reset(key: string): void {
    const session = this.of(key);
    session.account.state = { ...this.#fresh(), settings: session.account.state.settings };
    session.faults.clear();
    session.account.changed();
  }

  close(): void {
    this.#pusher.close();
    clearTimeout(this.#timer);
    this.#write();
  }

  #add(key: string, state: State): Session {
    const account = new Account(key, this.url, state, {
      onEvent: (of, eventId) => this.#pusher.push(of, eventId),
      onChange: () => this.#writeSoon(),
    });
    const session = { account, faults: new Faults(), keysInUse: new Set<string>() };
    this.#standing.set(key, session);
    return session;
  }

  #fresh(): State {
    const webhookSecret = `whsec_${randomBytes(24).toString('base64url')}`;
    return emptyState({ webhookSecret, ...this.#settings });
  }

  #read(): Record<string, State> {
    if (this.#dataDir === undefined) return {};
    try {
      return JSON.parse(readFileSync(join(this.#dataDir, FILE), 'utf8')) as Record<string, State>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
  }

  #writeSoon(): void {
    if (this.#dataDir === undefined || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, WRITE_AFTER_MS);
  }

  // A file is whole or it is the one before: it is renamed into its place.
  #write(): void {
    if (this.#dataDir === undefined) return;
    mkdirSync(this.#dataDir, { recursive: true });
    const file = join(this.#dataDir, FILE);
    const states = this.list().map(({ account }) => [account.key, account.state]);
    writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(states)), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
}
