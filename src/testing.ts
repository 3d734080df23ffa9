import { openDb } from './db/client.ts';
import { sha256Hex, toBase64Url } from './encoding.ts';
import { insertSubscription, insertUser } from './testing/store.ts';
import { type SignedWebhook, signWebhook, type TestEvent } from './testing/webhook.ts';

export { type SignedWebhook, signWebhook, type TestEvent };

export type TestKitOptions = {
  /** The database of the service under test, migrated. What the kit makes is written there: never a production one. */
  readonly databaseUrl: string;
  /** Where the service is, with the prefix that its routers are mounted at. */
  readonly baseUrl: string;
  /** In the place of the platform's: of a Worker under test its `fetch`, of a Hono app its `request`. */
  readonly fetch?: (request: Request) => Response | Promise<Response>;
  /** STRIPE_WEBHOOK_SECRET of the service, where webhooks are sent. */
  readonly webhookSecret?: string;
};

export type UserOptions = {
  /** Made up when left out, and nobody else's; so is the username. */
  readonly email?: string;
  readonly username?: string;
  /** Whether the mailbox is proven; it is when left out. */
  readonly verified?: boolean;
};

export type TestUser = {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  /** The access token. */
  readonly token: string;
  /** What a request of this user carries: the access token. */
  readonly headers: { readonly Authorization: string };
  /** What a browser would send along: `name=value` of the refresh cookie. */
  readonly cookie: string;
};

export type SubscriptionOptions = {
  /** `active` when left out. */
  readonly status?: 'active' | 'trialing' | 'past_due' | 'canceled';
  /** In how many days the period ends, of the database's clock; one that is over has a negative number. */
  readonly days?: number;
  readonly cancelAtPeriodEnd?: boolean;
};

/** Makes what a test of an app around the service needs, a line each. */
export interface TestKit {
  /** Somebody signed in. Without a password: nothing is hashed, and no rate limit of sign-ins is met. */
  user(options?: UserOptions): Promise<TestUser>;
  /** The same, an administrator. */
  admin(options?: UserOptions): Promise<TestUser>;
  /** Gives a user a subscription of the plan with this code, as if granted by hand. Answers its id. */
  subscription(user: Pick<TestUser, 'id'>, plan: string, options?: SubscriptionOptions): Promise<string>;
  /** Sends a webhook as Stripe does, signed. The service then asks Stripe's API about what it names. */
  webhook(event: TestEvent): Promise<Response>;
}

const REFRESH_TOKEN_BYTES = 32;

/** A kit for one service under test; through its own routes where it can, in its database where it has to. */
export function createTestKit({ databaseUrl, baseUrl, webhookSecret, ...options }: TestKitOptions): TestKit {
  const db = openDb(databaseUrl, 'for each call');
  const call = options.fetch ?? ((request: Request) => fetch(request));
  const post = (path: string, init: RequestInit) =>
    call(new Request(baseUrl.replace(/\/+$/, '') + path, { method: 'POST', ...init }));

  async function makeUser(admin: boolean, wanted: UserOptions = {}): Promise<TestUser> {
    const { username = `user-${crypto.randomUUID()}`, verified = true } = wanted;
    const email = (wanted.email ?? `${username}@tollgate.test`).toLowerCase();
    const refreshToken = toBase64Url(crypto.getRandomValues(new Uint8Array(REFRESH_TOKEN_BYTES)));
    const tokenHash = await sha256Hex(refreshToken);
    const [user] = await db.query(insertUser({ email, username, verified, admin, tokenHash }));
    if (!user) throw new Error('No account was made.');
    // Over https the service looks for the one name, else for the other.
    const Cookie = `refresh_token=${refreshToken}; __Host-refresh_token=${refreshToken}`;
    const response = await post('/refresh-token', { headers: { Cookie } });
    if (!response.ok) throw await failure(response);
    const { token } = (await response.json()) as { token: string };
    const cookie = response.headers.getSetCookie().find((one) => one.includes('refresh_token='));
    return {
      ...{ id: user.id, email, username, token },
      headers: { Authorization: `Bearer ${token}` },
      cookie: cookie?.split(';')[0] ?? '',
    };
  }

  return {
    user: (wanted) => makeUser(false, wanted),
    admin: (wanted) => makeUser(true, wanted),

    async subscription({ id: userId }, plan, wanted = {}) {
      const { status = 'active', days = 30, cancelAtPeriodEnd = false } = wanted;
      const [row] = await db.query(insertSubscription({ userId, plan, status, days, cancelAtPeriodEnd }));
      if (!row) throw new Error(`There is no plan "${plan}".`);
      return row.id;
    },

    async webhook(event) {
      if (!webhookSecret) throw new Error('The kit was made without a webhookSecret.');
      const { body, headers } = await signWebhook(webhookSecret, event);
      return post('/billing/stripe/webhook', { body, headers });
    },
  };
}

const failure = async (response: Response) =>
  new Error(`The service answered ${response.status}: ${await response.text()}`);
