import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { unwrap } from 'tollgate/client';
import { PageButton } from '../parts/links.tsx';
import { Done, Failure, Loading } from '../parts/states.tsx';
import { api, tollgate } from '../session/client.ts';
import { meQuery, queryClient } from '../session/queries.ts';
import { t } from '../texts/index.ts';
import { MailedLink } from './mailed-link.tsx';

/** Proves a mailbox. The same link proves it again, so that nobody has to press anything. */
export function Verify() {
  return <MailedLink title={t.links.verifyTitle}>{(token) => <Proof token={token} />}</MailedLink>;
}

function Proof({ token }: { token: string }) {
  const proof = useQuery({
    queryKey: ['verify', token],
    queryFn: async () => {
      const answer = await unwrap(api.verify.$get({ query: { token } }));
      await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
      return answer;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (proof.isPending) {
    return (
      <>
        <Text size="sm">{t.links.verifying}</Text>
        <Loading />
      </>
    );
  }
  if (proof.isError) {
    return (
      <>
        <Failure error={proof.error} />
        <Button variant="default" onClick={() => void proof.refetch()} loading={proof.isFetching}>
          {t.common.tryAgain}
        </Button>
        <Onward />
      </>
    );
  }
  return (
    <Done text={t.links.verified}>
      <Onward />
    </Done>
  );
}

/** To where another link can be asked for, or everything is open now. */
function Onward() {
  return (
    <PageButton to="/welcome">{tollgate.signedIn === 'yes' ? t.links.goOn : t.links.toSignIn}</PageButton>
  );
}
