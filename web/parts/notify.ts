import { notifications } from '@mantine/notifications';
import { sentenceOf } from './failure.ts';

/** Says that something was done. */
export const notifyDone = (message: string): void => {
  notifications.show({ message, color: 'green' });
};

/** Says that something failed which no form or dialogue can say. */
export const notifyFailure = (error: unknown): void => {
  notifications.show({ message: sentenceOf(error), color: 'red' });
};
