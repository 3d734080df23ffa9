import { codeOf } from '../parts/failure.ts';
import { Failure } from '../parts/states.tsx';
import { PortalButton } from './portal-button.tsx';

/** What is settled on the provider's page. */
const REMEDIED_IN_PORTAL = ['payment_failed', 'payment_past_due', 'subscription_suspended'];

/** Why something could not be bought or changed, with the way on where there is one. */
export function BillingFailure({ error }: { error: unknown }) {
  const isRemedied = REMEDIED_IN_PORTAL.some((code) => code === codeOf(error));
  return <Failure error={error}>{isRemedied && <PortalButton size="xs" />}</Failure>;
}
