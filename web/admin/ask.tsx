import { Tabs } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { PageTitle } from '../parts/page-title.tsx';
import { oneOf } from '../parts/search-params.ts';
import { t } from '../texts/index.ts';
import { AskBySql } from './ask-by-sql.tsx';
import { AskInWords } from './ask-in-words.tsx';

const route = getRouteApi('/signed-in/desk/admin/ask');

const WAYS = ['words', 'sql'] as const;

/** Questions about the data: in plain words, or in SQL. */
export function Ask() {
  const way = oneOf(WAYS, route.useSearch().by) ?? 'words';
  const navigate = route.useNavigate();
  return (
    <>
      <PageTitle>{t.desk.ask.title}</PageTitle>
      <Tabs
        value={way}
        onChange={(to) => void navigate({ search: to === 'sql' ? { by: to } : {}, resetScroll: false })}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="words">{t.desk.ask.inWords}</Tabs.Tab>
          <Tabs.Tab value="sql">{t.desk.ask.inSql}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="words">
          <AskInWords />
        </Tabs.Panel>
        <Tabs.Panel value="sql" keepMounted={false}>
          <AskBySql />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
