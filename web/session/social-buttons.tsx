import { Button, Divider, Stack } from '@mantine/core';
import { IconBrandGithub, IconBrandGoogle } from '@tabler/icons-react';
import { basePath } from '../config.ts';
import { t } from '../texts/index.ts';
import { api } from './client.ts';
import { useProviders } from './options.ts';

const BUTTONS = {
  google: { label: t.signIn.withGoogle, Icon: IconBrandGoogle, login: api.google.login },
  github: { label: t.signIn.withGithub, Icon: IconBrandGithub, login: api.github.login },
} as const;

type Props = {
  /** Where to go when signed in: a path of these pages. */
  readonly next: string | undefined;
};

/** The ways to sign in elsewhere that this service has. */
export function SocialButtons({ next = '/' }: Props) {
  const providers = useProviders();
  if (providers.length === 0) return null;
  const redirect_to = location.origin + basePath + next;
  return (
    <Stack gap="xs">
      <Divider label={t.signIn.or} />
      {providers.map((provider) => {
        const { label, Icon, login } = BUTTONS[provider];
        return (
          <Button
            key={provider}
            component="a"
            href={login.$url({ query: { redirect_to } }).href}
            variant="default"
            leftSection={<Icon size={18} aria-hidden />}
          >
            {label}
          </Button>
        );
      })}
    </Stack>
  );
}
