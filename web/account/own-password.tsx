import { Button, PasswordInput, type PasswordInputProps } from '@mantine/core';
import { codeOf } from '../parts/failure.ts';
import { notifyFailure } from '../parts/notify.ts';
import { signInAgain } from '../session/sign-out.ts';
import { t } from '../texts/index.ts';

/** Asks who is there once more, before something that a thief of the session must not do. */
export function OwnPassword(props: PasswordInputProps) {
  return (
    <PasswordInput
      label={t.account.yourPassword}
      description={t.account.noPasswordHint}
      autoComplete="current-password"
      {...props}
    />
  );
}

/** For whoever has no password to enter: a fresh sign-in says the same, and leads back here. */
export const signInAgainRemedy = (failure: unknown) =>
  codeOf(failure) === 'reauthentication_required' && (
    <Button size="xs" variant="default" onClick={() => void signInAgain().catch(notifyFailure)}>
      {t.account.signInAgain}
    </Button>
  );
