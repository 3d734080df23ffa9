declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type UserId = Branded<'UserId'>;
/** Also the family of its refresh tokens. */
export type SessionId = Branded<'SessionId'>;
export type ApiKeyId = Branded<'ApiKeyId'>;
export type OneTimeTokenId = Branded<'OneTimeTokenId'>;
export type LoginCodeId = Branded<'LoginCodeId'>;
export type OutboxId = Branded<'OutboxId'>;
export type PlanId = Branded<'PlanId'>;
export type SubscriptionId = Branded<'SubscriptionId'>;
export type PaymentId = Branded<'PaymentId'>;
export type CheckoutIntentId = Branded<'CheckoutIntentId'>;
export type BillingTaskId = Branded<'BillingTaskId'>;
export type BillingAlertId = Branded<'BillingAlertId'>;
export type ExportId = Branded<'ExportId'>;

export type AnyId =
  | UserId
  | SessionId
  | ApiKeyId
  | OneTimeTokenId
  | LoginCodeId
  | OutboxId
  | PlanId
  | SubscriptionId
  | PaymentId
  | CheckoutIntentId
  | BillingTaskId
  | BillingAlertId
  | ExportId;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A fresh random id (UUID v4, RFC 9562 §5.4). */
export function newId<Id extends AnyId>(): Id {
  return crypto.randomUUID() as string as Id;
}

/** Reads an id from outside; `undefined` when it is not a UUID, so that it never reaches Postgres as one. */
export function parseId<Id extends AnyId>(text: string): Id | undefined {
  const id = text.toLowerCase();
  return UUID.test(id) ? (id as Id) : undefined;
}
