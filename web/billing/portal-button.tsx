import { Button, type ButtonProps } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { notifyFailure } from '../parts/notify.ts';
import { useAct } from '../parts/use-act.ts';
import { t } from '../texts/index.ts';
import { leaveForPortal } from './leave.ts';

type Props = Pick<ButtonProps, 'size' | 'variant'> & { readonly children?: string };

/** The way to the provider's page for payment methods and invoices. */
export function PortalButton({ children = t.billing.toPortal, size = 'sm', variant = 'default' }: Props) {
  const portal = useAct(leaveForPortal, notifyFailure);
  return (
    <Button
      size={size}
      variant={variant}
      loading={portal.pending}
      onClick={() => portal.run()}
      rightSection={<IconExternalLink size={16} aria-hidden />}
    >
      {children}
    </Button>
  );
}
