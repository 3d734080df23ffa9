import { Badge, Text } from '@mantine/core';
import { formatMoney } from '../parts/format.ts';
import type { Column } from '../parts/paged-list.tsx';
import { When } from '../parts/when.tsx';
import { t } from '../texts/index.ts';
import type { Payment } from './queries.ts';

const COLORS: Readonly<Record<Payment['status'], string>> = {
  succeeded: 'green',
  pending: 'yellow',
  failed: 'red',
  refunded: 'blue',
};

/** What there is to say of a payment. */
export const PAYMENT_COLUMNS: readonly Column<Payment>[] = [
  { title: t.billing.date, render: ({ created_at }) => <When at={created_at} /> },
  {
    title: t.billing.amount,
    align: 'right',
    render: ({ amount_cents, currency }) => formatMoney(amount_cents, currency),
  },
  {
    title: t.billing.status,
    render: ({ status }) => (
      <Badge variant="dot" color={COLORS[status]} tt="none">
        {t.billing.paymentStatus[status]}
      </Badge>
    ),
  },
  {
    title: t.billing.invoice,
    render: ({ provider_invoice_id }) => (
      <Text span size="sm" ff="monospace">
        {provider_invoice_id}
      </Text>
    ),
  },
];
