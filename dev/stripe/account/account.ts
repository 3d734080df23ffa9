import type Stripe from 'stripe';
import { API_VERSION, type Fault, faultsOfEvent } from '../contract.ts';
import { newId } from '../ids.ts';
import { missing } from '../wire/errors.ts';
import type { Kind, Objects, State, Violation } from './state.ts';

/** Who hears of what happens on an account. */
export type Listener = {
  /** An event was made; it is time to deliver it. */
  onEvent(account: Account, eventId: string): void;
  /** Something is different from what was last written to disk. */
  onChange(): void;
};

/** The account of one secret key: its objects, its clock, its events. */
export class Account {
  readonly key: string;
  /** Where this emulator is reached; starts the addresses of its pages. */
  readonly url: string;
  readonly #listener: Listener;
  state: State;
  /** The request that is being executed: events name it as their cause. */
  cause: Stripe.Event.Request | null = null;
  #at: number | null = null;

  constructor(key: string, url: string, state: State, listener: Listener) {
    this.key = key;
    this.url = url;
    this.state = state;
    this.#listener = listener;
  }

  /** The account's time, in seconds. */
  now(): number {
    return this.#at ?? Math.floor(Date.now() / 1000) + this.state.clockOffset;
  }

  /** Executes something at a moment of its own: what falls due while the clock is put forward. */
  at<T>(time: number, work: () => T): T {
    const before = this.#at;
    this.#at = time;
    try {
      return work();
    } finally {
      this.#at = before;
    }
  }

  /** Executes something in one moment, so that no second passes between its parts. */
  atOnce<T>(work: () => T): T {
    return this.at(this.now(), work);
  }

  /** A moment that a request names, by this account's clock: callers reckon by one that nobody has put forward. */
  fromCaller(time: number): number {
    return time + this.state.clockOffset;
  }

  setClock(time: number): void {
    this.state.clockOffset = time - Math.floor(Date.now() / 1000);
  }

  changed(): void {
    this.#listener.onChange();
  }

  all<K extends Kind>(kind: K): Objects[K][] {
    return Object.values(this.state.objects[kind]) as Objects[K][];
  }

  find<K extends Kind>(kind: K, id: string): Objects[K] | undefined {
    const objects: Record<string, Objects[K]> = this.state.objects[kind];
    return Object.hasOwn(objects, id) ? objects[id] : undefined;
  }

  /** @param param the parameter that names the object; without it, the path does. */
  get<K extends Kind>(kind: K, id: string, param?: string): Objects[K] {
    const object = this.find(kind, id);
    if (!object) throw missing(kind.replace('checkout.session', 'checkout session'), id, param);
    return object;
  }

  /** What an id was of before its object was deleted. */
  deletedKind(id: string): Kind | undefined {
    return Object.hasOwn(this.state.deleted, id) ? this.state.deleted[id] : undefined;
  }

  /** Any object by its id. */
  lookUp(id: string): Objects[Kind] | undefined {
    for (const objects of Object.values(this.state.objects)) {
      if (Object.hasOwn(objects, id)) return (objects as Record<string, Objects[Kind]>)[id];
    }
    return undefined;
  }

  put<K extends Kind>(kind: K, object: Objects[K]): Objects[K] {
    (this.state.objects[kind] as Record<string, Objects[K]>)[object.id] = object;
    this.changed();
    return object;
  }

  remove(kind: Kind, id: string): void {
    delete this.state.objects[kind][id];
    this.state.deleted[id] = kind;
    this.changed();
  }

  /** Writes an event down and hands it on. @throws when it breaks the contract: that is a mistake of the emulator. */
  emit(type: string, object: object, previous?: object): void {
    const event = {
      id: newId('evt'),
      object: 'event',
      api_version: API_VERSION,
      created: this.now(),
      data: { object, ...(previous && { previous_attributes: previous }) },
      livemode: false,
      pending_webhooks: this.state.settings.webhookUrl ? 1 : 0,
      request: this.cause ?? { id: null, idempotency_key: null },
      type,
    };
    const copy = JSON.parse(JSON.stringify(event)) as Stripe.Event;
    const faults = this.isOdd(JSON.stringify(copy)) ? [] : faultsOfEvent(type, copy);
    this.state.events.push({ event: copy, deliveries: [] });
    this.#listener.onEvent(this, copy.id);
    this.changed();
    if (faults.length === 0) return;
    this.violate({ where: type, what: 'event', faults });
    throw new Error(`The event ${type} breaks the contract: ${describe(faults)}`);
  }

  /** Whether a text shows an object that was set to something odd on purpose. */
  isOdd(text: string): boolean {
    return this.state.odd.some((id) => text.includes(id));
  }

  violate(violation: Violation): void {
    this.state.violations.push(violation);
    this.changed();
  }
}

export function describe(faults: readonly Fault[]): string {
  return faults.map(({ path, message }) => `${path} ${message}`).join('; ');
}
