import { Stack, Text, Timeline } from '@mantine/core';
import { IconCheck, IconCreditCard, IconMail, IconUser } from '@tabler/icons-react';
import { config } from '../config.ts';
import { PageButton, PageLink } from '../parts/links.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { useMe } from '../session/queries.ts';
import { t } from '../texts/index.ts';

/** The first page of a new account: what to do now. */
export function Welcome() {
  const { email, is_verified } = useMe();
  return (
    <Stack maw={600} align="flex-start">
      <PageTitle>{t.account.welcome}</PageTitle>
      <Text>{t.account.welcomeText(config.name)}</Text>
      <Timeline active={is_verified ? 0 : -1} bulletSize={32} lineWidth={2} my="md">
        <Timeline.Item
          title={t.account.stepVerify}
          bullet={is_verified ? <IconCheck size={18} aria-hidden /> : <IconMail size={18} aria-hidden />}
        >
          <Text size="sm">{is_verified ? t.account.stepVerifyDone : t.account.stepVerifyText(email)}</Text>
        </Timeline.Item>
        <Timeline.Item
          title={<PageLink to="/profile">{t.account.stepProfile}</PageLink>}
          bullet={<IconUser size={18} aria-hidden />}
        >
          <Text size="sm">{t.account.stepProfileText}</Text>
        </Timeline.Item>
        <Timeline.Item
          title={<PageLink to="/billing">{t.account.stepPlan}</PageLink>}
          bullet={<IconCreditCard size={18} aria-hidden />}
        >
          <Text size="sm">{t.account.stepPlanText}</Text>
        </Timeline.Item>
      </Timeline>
      <PageButton to="/">{t.account.start}</PageButton>
    </Stack>
  );
}
