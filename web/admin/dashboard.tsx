import { PageTitle } from '../parts/page-title.tsx';
import { t } from '../texts/index.ts';

/** Totals and thirty days of them. */
export function Dashboard() {
  return <PageTitle>{t.desk.dashboard}</PageTitle>;
}
