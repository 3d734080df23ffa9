import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { unwrap } from 'tollgate/client';
import { PageTitle } from '../parts/page-title.tsx';
import { PagedList } from '../parts/paged-list.tsx';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import { PAYMENT_COLUMNS } from './payment-columns.tsx';
import { PortalButton } from './portal-button.tsx';
import { overviewQuery } from './queries.ts';
import { hasPortal } from './standing.ts';

/** Everything that was paid, or should have been. */
export function Payments() {
  const { data } = useQuery(overviewQuery);
  const portal = data !== undefined && hasPortal(data);
  return (
    <>
      <PageTitle action={portal && <PortalButton>{t.billing.receipts}</PortalButton>}>
        {t.billing.payments}
      </PageTitle>
      {portal && (
        <Text size="sm" c="dimmed" mb="md">
          {t.billing.receiptsText}
        </Text>
      )}
      <PagedList
        label={t.billing.payments}
        queryKey={['billing', 'payments']}
        fetch={(query) => unwrap(api.billing.payments.me.$get({ query }))}
        columns={PAYMENT_COLUMNS}
        rowKey={({ id }) => id}
        empty={t.billing.noPayments}
      />
    </>
  );
}
