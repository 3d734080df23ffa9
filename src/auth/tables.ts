import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { base, instant } from '../db/columns.ts';

export const users = pgTable(
  'users',
  {
    ...base,
    /** Lower case, always; the one form under which an address is known. */
    email: text('email').notNull(),
    username: text('username').notNull(),
    /** A PHC string; null for an account that signs in without a password. */
    passwordHash: text('password_hash'),
    provider: text('provider', { enum: ['local', 'google', 'github'] })
      .notNull()
      .default('local'),
    isAdmin: boolean('is_admin').notNull().default(false),
    isActive: boolean('is_active').notNull().default(true),
    isVerified: boolean('is_verified').notNull().default(false),
    /** Since when the account is verified on an administrator's word alone; null once the mailbox is proven, or while neither. */
    vouchedAt: instant('vouched_at'),
    stripeCustomerId: text('stripe_customer_id'),
    externalPlatform: text('external_platform'),
    externalStoreId: text('external_store_id'),
  },
  (t) => [
    uniqueIndex('users_email_key').on(t.email),
    uniqueIndex('users_username_key').on(sql`lower(${t.username})`),
    uniqueIndex('users_stripe_customer_id_key').on(t.stripeCustomerId),
    uniqueIndex('users_external_key').on(t.externalPlatform, t.externalStoreId),
    index('users_created_at_idx').on(t.createdAt, t.id),
    index('users_provider_idx').on(t.provider, t.createdAt, t.id),
    // Few, among many: what an administrator filters by is found without walking past the others.
    index('users_admins_idx').on(t.createdAt, t.id).where(sql`${t.isAdmin}`),
    index('users_inactive_idx').on(t.createdAt, t.id).where(sql`NOT ${t.isActive}`),
    index('users_unverified_idx').on(t.createdAt, t.id).where(sql`NOT ${t.isVerified}`),
    index('users_search_idx')
      .using('gin', t.email.op('gin_trgm_ops'), t.username.op('gin_trgm_ops'))
      // What is put off at a registration every search would have to read.
      .with({ fastupdate: false }),
    check('users_email_lower', sql`${t.email} = lower(${t.email})`),
  ],
);

/** One sign-in on one device: the family of its refresh tokens, and the row that decides whether they are valid. */
export const sessions = pgTable(
  'sessions',
  {
    ...base,
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    ip: text('ip'),
    userAgent: text('user_agent'),
    /** ISO 3166-1 alpha-2, and the city's name: where the edge believes the address to be. */
    country: text('country'),
    city: text('city'),
    lastUsedAt: instant('last_used_at').notNull().defaultNow(),
    /** The end that no rotation moves. */
    expiresAt: instant('expires_at').notNull(),
    revokedAt: instant('revoked_at'),
  },
  (t) => [index('sessions_user_id_idx').on(t.userId)],
);

export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    ...base,
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    familyId: uuid('family_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    jti: uuid('jti').notNull(),
    /** SHA-256 of the token, hex. */
    tokenHash: text('token_hash').notNull(),
    /** Idle end: the session's own end when that comes first. */
    expiresAt: instant('expires_at').notNull(),
    /** Spent (then `replaced_by_jti` names the successor) or killed. */
    revokedAt: instant('revoked_at'),
    replacedByJti: uuid('replaced_by_jti'),
  },
  (t) => [
    uniqueIndex('refresh_tokens_jti_key').on(t.jti),
    uniqueIndex('refresh_tokens_token_hash_key').on(t.tokenHash),
    index('refresh_tokens_family_id_idx').on(t.familyId),
    index('refresh_tokens_user_id_idx').on(t.userId),
  ],
);

/**
 * Mailed links. One row a user and purpose: a newer link takes the row over and so kills the older one.
 * The link itself is not stored, it is derived from `id` under a key (one-time-token.ts).
 */
export const oneTimeTokens = pgTable(
  'one_time_tokens',
  {
    ...base,
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    purpose: text('purpose', {
      enum: ['verify_email', 'reset_password', 'change_email', 'undo_email_change'],
    }).notNull(),
    /** The mailbox the link was sent to; what using it proves. */
    email: text('email').notNull(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
  },
  (t) => [uniqueIndex('one_time_tokens_user_id_purpose_key').on(t.userId, t.purpose)],
);

/** Wrong passwords and wrong login codes, counted per address whether or not an account has it. */
export const loginThrottles = pgTable('login_throttles', {
  /** Keyed hash of the address, so that the table is no list of them; before that of its codes stands `login-code:`. */
  subject: text('subject').primaryKey(),
  /** The last failures, the latest first. */
  failedAt: instant('failed_at').array().notNull().default(sql`'{}'`),
  /** How many waits there were, each twice the last. */
  locks: integer('locks').notNull().default(0),
  lockedUntil: instant('locked_until'),
});

/** What an account says of itself. A row once something was said. */
export const profiles = pgTable(
  'profiles',
  {
    ...base,
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    firstName: text('first_name'),
    lastName: text('last_name'),
    profileImg: text('profile_img'),
  },
  (t) => [uniqueIndex('profiles_user_id_key').on(t.userId)],
);

/** Accounts elsewhere that sign in here. The provider's own id for it is the key, never the address. */
export const identities = pgTable(
  'identities',
  {
    ...base,
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    provider: text('provider', { enum: ['google', 'github'] }).notNull(),
    subject: text('subject').notNull(),
    /** The address that the provider named last; for people to read. */
    email: text('email'),
  },
  (t) => [
    uniqueIndex('identities_provider_subject_key').on(t.provider, t.subject),
    index('identities_user_id_idx').on(t.userId),
  ],
);

/** Mailed login codes. One row an account: a newer code takes it over and so kills the older one. */
export const loginCodes = pgTable(
  'login_codes',
  {
    ...base,
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** Keyed hash of address and code, hex. */
    codeHash: text('code_hash').notNull(),
    attempts: integer('attempts').notNull().default(0),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
  },
  (t) => [uniqueIndex('login_codes_user_id_key').on(t.userId)],
);

/** Keys by which programs act for an account, without a session. */
export const apiKeys = pgTable(
  'api_keys',
  {
    ...base,
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    /** The first characters of the key, for people to know it by. */
    keyPrefix: text('key_prefix').notNull(),
    /** SHA-256 of the key, hex. */
    keyHash: text('key_hash').notNull(),
    scopes: text('scopes').array().notNull(),
    /** Null: without an end. */
    expiresAt: instant('expires_at'),
    /** To the minute. */
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
  },
  (t) => [uniqueIndex('api_keys_key_hash_key').on(t.keyHash), index('api_keys_user_id_idx').on(t.userId)],
);
