import { Code } from '@mantine/core';
import type { QueryKey } from '@tanstack/react-query';
import { formatMoney } from '../parts/format.ts';
import { type Column, PagedList, type PageOf, type Range } from '../parts/paged-list.tsx';
import { When } from '../parts/when.tsx';
import { t } from '../texts/index.ts';
import { Status } from './badges.tsx';
import type { AdminPayment } from './types.ts';
import { UserLink } from './user-link.tsx';

const say = t.desk.payments;

const COLUMNS: readonly Column<AdminPayment>[] = [
  { title: say.user, render: (one) => <UserLink id={one.user_id} email={one.user_email} /> },
  { title: say.amount, align: 'right', render: (one) => formatMoney(one.amount_cents, one.currency) },
  { title: say.status, render: ({ status }) => <Status of={status} /> },
  { title: say.invoice, render: (one) => <Code>{one.provider_invoice_id}</Code> },
  { title: say.created, render: ({ created_at }) => <When at={created_at} /> },
];

type Props = {
  readonly queryKey: QueryKey;
  readonly fetch: (range: Range) => Promise<PageOf<AdminPayment>>;
};

/** Payments, paid and failed. */
export function PaymentList({ queryKey, fetch }: Props) {
  return (
    <PagedList
      label={say.title}
      queryKey={['desk', 'payments', ...queryKey]}
      fetch={fetch}
      columns={COLUMNS}
      rowKey={({ id }) => id}
      empty={say.empty}
    />
  );
}
