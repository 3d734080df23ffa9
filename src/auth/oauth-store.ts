import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { eventCte, type Origin } from '../audit/audit.ts';
import { statement } from '../db/client.ts';
import { done, instant } from '../db/rows.ts';
import type { UserId } from '../ids.ts';
import { addedClaims } from './added-claims.ts';
import { endCredentialsCtes, endRegistrantCtes } from './credential-store.ts';
import type { ProviderName } from './oauth-ports.ts';
import { MAILBOX_IS_PROVEN, PROVE_MAILBOX } from './proven.ts';
import { type NewSession, sessionCtes } from './session-store.ts';
import { toUser, userColumns, verifiedCte } from './store.ts';

/** Somebody who comes from a provider, and what an account made for them would be. */
export type Arrival = {
  readonly provider: ProviderName;
  readonly subject: string;
  /** As the provider names it, proven or not; kept for people to read. */
  readonly email: string | null;
  /** The address when the provider vouches for it: what an account is looked for by. */
  readonly provenEmail: string | null;
  readonly newUserId: UserId;
  /** The best first. None: no account is made. */
  readonly addresses: readonly string[];
  readonly usernames: readonly string[];
};

/**
 * Lets the arrivals of one identity pass one after the other, also when there is no row of it yet that could be
 * locked. Held until the batch ends.
 */
export const lockIdentity = ({ provider, subject }: Arrival) =>
  statement(
    done,
    sql`SELECT 1 AS done FROM pg_advisory_xact_lock(hashtextextended(${`identity:${provider}:${subject}`}, 0))`,
  );

/**
 * Makes an account for an identity that has none, when its address is free. All candidates have the same id, so that
 * the first that breaks no unique index is the only one: an upsert waits for whoever is taking a name meanwhile, no
 * name has to be looked up first.
 */
export const provision = (arrival: Arrival, origin: Origin) =>
  statement(
    done,
    sql`WITH account AS (
        INSERT INTO users (id, email, username, provider, is_verified)
        SELECT ${arrival.newUserId}::uuid, address.email, candidate.username, ${arrival.provider}::text, true
        FROM ${listOf(arrival.addresses)} AS address(email, position),
             ${listOf(arrival.usernames)} AS candidate(username, position)
        WHERE NOT EXISTS (
          SELECT FROM identities WHERE provider = ${arrival.provider} AND subject = ${arrival.subject}
        )
        ORDER BY address.position, candidate.position
        ON CONFLICT DO NOTHING
          RETURNING id
        ),
        ${eventCte(
          'auth.registered',
          'user',
          origin,
          sql`SELECT id, id, NULL, jsonb_build_object('provider', ${arrival.provider}::text) FROM account`,
        )}
        SELECT 1 AS done FROM account`,
  );

/** The account that may be taken over: its address is proven now, and never was before. */
export const claimedAccount = ({ provenEmail }: Arrival) =>
  sql`SELECT id FROM users WHERE email = ${provenEmail}::text AND NOT ${MAILBOX_IS_PROVEN}`;

/**
 * Opens a session of the identity's account, or else of the one just made, or else of the one with the proven address,
 * which is then linked; an account that never proved it is taken over. No row: there is no such account.
 * `expiresAt` is null for a deactivated account, of which nothing is changed.
 */
export const signIn = (arrival: Arrival, session: NewSession) =>
  statement(
    z
      .object({
        ...userColumns,
        expires_at: instant.nullable(),
        on_new_device: z.boolean(),
        added_claims: addedClaims.nullable(),
      })
      .transform((row) => ({
        user: toUser(row),
        expiresAt: row.expires_at,
        onNewDevice: row.on_new_device,
        addedClaims: row.added_claims ?? {},
      })),
    sql`WITH identity AS (
          SELECT user_id FROM identities WHERE provider = ${arrival.provider} AND subject = ${arrival.subject}
        ),
        owner AS (
          SELECT user_id AS id, true AS known FROM identity
          UNION ALL
          SELECT id, false FROM users
          WHERE (id = ${arrival.newUserId}::uuid OR email = ${arrival.provenEmail}::text)
            AND NOT EXISTS (SELECT FROM identity)
        ),
        found AS (
          SELECT users.id, users.email, users.username, users.provider, users.is_active, users.is_verified,
                 users.is_admin, users.created_at, NOT owner.known AND NOT ${MAILBOX_IS_PROVEN} AS unproven
          FROM users JOIN owner ON owner.id = users.id
          -- Asked again of the row as it is once its lock is had: the address may just have been left.
          WHERE owner.known OR users.id = ${arrival.newUserId}::uuid OR users.email = ${arrival.provenEmail}::text
          FOR NO KEY UPDATE OF users
        ),
        account AS (SELECT id FROM found WHERE is_active),
        claimed AS (SELECT id FROM found WHERE is_active AND unproven),
        linked AS (
          INSERT INTO identities (user_id, provider, subject, email)
          SELECT id, ${arrival.provider}::text, ${arrival.subject}::text, ${arrival.email}::text FROM account
          ON CONFLICT (provider, subject) DO UPDATE SET email = excluded.email
            WHERE identities.email IS DISTINCT FROM excluded.email
        ),
        stripped AS (
          UPDATE users SET password_hash = NULL, ${PROVE_MAILBOX}, provider = ${arrival.provider}
          FROM claimed WHERE users.id = claimed.id
        ),
        ${eventCte(
          'auth.identity_linked',
          'user',
          session.client,
          sql`SELECT id, id, NULL, jsonb_build_object('provider', ${arrival.provider}::text,
                                                      'taken_over', EXISTS (SELECT FROM claimed))
              FROM account WHERE NOT EXISTS (SELECT FROM identity)`,
        )},
        ${verifiedCte('claimed', session.client, arrival.provider)},
        ${endCredentialsCtes(sql.raw('claimed'))},
        ${endRegistrantCtes(sql.raw('claimed'))},
        ${sessionCtes(session)}
        SELECT found.id, email, username, is_active, is_admin, found.created_at,
               is_verified OR (is_active AND unproven) AS is_verified,
               CASE WHEN is_active AND unproven THEN ${arrival.provider}::text ELSE provider END AS provider,
               token.expires_at, token.added_claims, EXISTS (SELECT FROM device_mail) AS on_new_device
        FROM found LEFT JOIN token ON true`,
  );

/** A list of texts as rows `(value, position)`. */
function listOf(values: readonly string[]): SQL {
  return sql`jsonb_array_elements_text(${JSON.stringify(values)}::jsonb) WITH ORDINALITY`;
}
