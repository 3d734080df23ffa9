import { PageTitle } from '../parts/page-title.tsx';
import { t } from '../texts/index.ts';

/** The subscription, what is used of it, and the next invoice. */
export function BillingOverview() {
  return <PageTitle>{t.billing.overview}</PageTitle>;
}
