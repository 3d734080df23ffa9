import { Button, Group, Stack, TextInput } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { unwrap } from 'tollgate/client';
import { notifyDone } from '../parts/notify.ts';
import { PageTitle } from '../parts/page-title.tsx';
import { Section } from '../parts/section.tsx';
import { FormOf } from '../parts/server-form.tsx';
import { ErrorState, Loading } from '../parts/states.tsx';
import { useServerForm } from '../parts/use-server-form.ts';
import { api } from '../session/client.ts';
import { queryClient } from '../session/queries.ts';
import { t } from '../texts/index.ts';
import { ChangeEmail } from './change-email.tsx';

const profileQuery = queryOptions({
  queryKey: ['profile'],
  queryFn: () => unwrap(api.profile.$get()),
});

type Profile = { first_name: string | null; last_name: string | null; profile_img: string | null };

/** What the account says of itself, and its address. */
export function ProfilePage() {
  const profile = useQuery(profileQuery);
  return (
    <Stack maw={760}>
      <PageTitle>{t.account.profile}</PageTitle>
      <Section title={t.account.profileName}>
        {profile.isPending ? (
          <Loading />
        ) : profile.isError ? (
          <ErrorState error={profile.error} retry={() => void profile.refetch()} />
        ) : (
          <ProfileForm profile={profile.data} />
        )}
      </Section>
      <ChangeEmail />
    </Stack>
  );
}

function ProfileForm({ profile }: { profile: Profile }) {
  const edit = useServerForm({
    initialValues: {
      first_name: profile.first_name ?? '',
      last_name: profile.last_name ?? '',
      profile_img: profile.profile_img ?? '',
    },
    submit: async (values) => {
      // An empty field clears what stood there.
      const json = Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, value.trim() || null]),
      );
      queryClient.setQueryData(profileQuery.queryKey, await unwrap(api.profile.$patch({ json })));
      notifyDone(t.common.saved);
    },
  });
  const { form, pending } = edit;
  return (
    <FormOf of={edit}>
      <Group grow preventGrowOverflow={false} align="flex-start">
        <TextInput
          label={t.account.firstName}
          autoComplete="given-name"
          miw={200}
          {...form.getInputProps('first_name')}
        />
        <TextInput
          label={t.account.lastName}
          autoComplete="family-name"
          miw={200}
          {...form.getInputProps('last_name')}
        />
      </Group>
      <TextInput
        label={t.account.image}
        description={t.account.imageHint}
        type="url"
        autoComplete="photo"
        {...form.getInputProps('profile_img')}
      />
      <Group>
        <Button type="submit" loading={pending}>
          {t.common.save}
        </Button>
      </Group>
    </FormOf>
  );
}
