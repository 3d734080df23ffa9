import { AppError } from '../errors.ts';
import {
  CANCEL,
  changeManual,
  END,
  MANUAL,
  type ManualChange,
  manualMailCtes,
  NO_MAILS,
  RESUME,
  readManual,
} from './manual-store.ts';
import type { BillingDeps, PaymentProvider, ProviderSubscription } from './ports.ts';

/**
 * Subscriptions that an administrator granted: nobody pays for them, nobody renews them, and what is true of them
 * stands in our own table. An act is done, and told of by mail, when its statement has run: what follows for other
 * providers, writing the answer down under a fence, finds it written (manual-store.ts says why).
 *
 * An act needs no key to be known by, as none does anything the second time. One whose period is over has ended.
 */
export function createManualProvider(deps: Pick<BillingDeps, 'db' | 'announceMail'>): PaymentProvider {
  const act = async (
    id: string,
    change: ManualChange,
    kind?: 'subscription_canceled' | 'subscription_ended',
  ): Promise<ProviderSubscription | undefined> => {
    const [row] = await deps.db.query(changeManual(id, change, kind ? manualMailCtes(kind) : NO_MAILS));
    if (row?.mailId) deps.announceMail(row.mailId);
    return row?.state;
  };

  return {
    name: MANUAL,

    async subscription(id) {
      const [row] = await deps.db.query(readManual(id));
      return row?.state;
    },

    async cancelAtPeriodEnd(id) {
      const state = await act(id, CANCEL, 'subscription_canceled');
      if (state && state.currentPeriodEnd === null) {
        throw new AppError('unsupported_by_provider', {
          detail:
            'This subscription was granted without an end, so there is none that it could run out with.',
        });
      }
      return state;
    },

    resume: (id) => act(id, RESUME),
    end: (id) => act(id, END, 'subscription_ended'),
  };
}
