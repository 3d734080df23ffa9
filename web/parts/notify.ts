import { notifications } from '@mantine/notifications';
import { t } from '../texts/index.ts';
import { sentenceOf } from './failure.ts';

const closeButtonProps = { 'aria-label': t.common.close };

/** Says that something was done. */
export const notifyDone = (message: string): void => {
  notifications.show({ message, color: 'green', closeButtonProps });
};

/** Says that something failed which no form or dialogue can say. */
export const notifyFailure = (error: unknown): void => {
  notifications.show({ message: sentenceOf(error), color: 'red', closeButtonProps });
};
