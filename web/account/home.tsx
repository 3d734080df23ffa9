import { PageTitle } from '../parts/page-title.tsx';
import { useMe } from '../session/queries.ts';

/** Where somebody lands who has signed in. */
export function Home() {
  return <PageTitle>{useMe().username}</PageTitle>;
}
