import { Button, Group, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { download } from '../parts/download.ts';
import { formatCount } from '../parts/format.ts';
import { notifyFailure } from '../parts/notify.ts';
import { useAct } from '../parts/use-act.ts';
import { When } from '../parts/when.tsx';
import { api } from '../session/client.ts';
import { t } from '../texts/index.ts';
import type { ExportLink } from './types.ts';

type Props = { readonly link: ExportLink; readonly rowCount?: number };

/** Fetches an export with the token, which no link in a page could carry, and has it kept as a file. */
export function ExportButton({ link: { id, expires_at }, rowCount }: Props) {
  const fetchFile = useAct(
    async () => download(await api.admin.exports[':id'].$get({ param: { id } }), `export-${id}.csv`),
    notifyFailure,
  );
  return (
    <Group>
      <Button
        variant="default"
        loading={fetchFile.pending}
        leftSection={<IconDownload size={16} aria-hidden />}
        onClick={() => fetchFile.run()}
      >
        {t.desk.ask.download}
      </Button>
      {rowCount !== undefined && <Text size="sm">{t.desk.ask.rowsIn(formatCount(rowCount), rowCount)}</Text>}
      <Text size="sm" c="dimmed">
        {t.desk.ask.expires} <When at={expires_at} />
      </Text>
    </Group>
  );
}
