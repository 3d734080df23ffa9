import { MailNotAccepted } from '../mail/ports.ts';

/** Gives up on a promise after a while, naming the step that took too long. Whatever it was doing goes on. */
export async function within<T>(promise: Promise<T>, step: string, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new MailNotAccepted(`timeout at ${step}`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
