import { Group, Progress, Stack, Text } from '@mantine/core';
import { t } from '../texts/index.ts';
import { formatCount } from './format.ts';
import { EmptyState } from './states.tsx';

/** How much of a metric is used; the limit is -1 where there is none. */
type Usage = { readonly metric: string; readonly used: number; readonly limit: number };

const UNLIMITED = -1;
const NEARLY = 0.8;

/** What was used of each metric, as a bar where there is a limit to it. */
export function UsageBars({ usage }: { usage: readonly Usage[] }) {
  if (usage.length === 0) return <EmptyState>{t.billing.noUsage}</EmptyState>;
  return (
    <Stack>
      {usage.map((row) => (
        <UsageBar key={row.metric} {...row} />
      ))}
    </Stack>
  );
}

function UsageBar({ metric, used, limit }: Usage) {
  const name = metricName(metric);
  const says = sentenceOf(used, limit);
  return (
    <div>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <Text size="sm" fw={used > limit && limit > 0 ? 600 : 400}>
          {says}
        </Text>
      </Group>
      {limit > 0 && (
        <Progress.Root size="lg">
          <Progress.Section
            value={Math.min(100, Math.round((used / limit) * 100))}
            color={used >= limit ? 'red' : used >= limit * NEARLY ? 'yellow' : 'brand'}
            aria-label={`${name}: ${says}`}
          />
        </Progress.Root>
      )}
    </div>
  );
}

/** A metric as people call it; one that a deployment has added is called as it calls it. */
function metricName(metric: string): string {
  const names: Readonly<Record<string, string>> = t.billing.metrics;
  const words = metric.replaceAll('_', ' ');
  return names[metric] ?? words.charAt(0).toLocaleUpperCase() + words.slice(1);
}

function sentenceOf(used: number, limit: number): string {
  const count = formatCount(used);
  if (limit === UNLIMITED) return t.billing.usedUnlimited(count);
  if (limit === 0 && used === 0) return t.billing.notInPlan;
  const of = t.billing.usedOf(count, formatCount(limit));
  return used > limit ? t.billing.overLimit(of) : used === limit ? t.billing.atLimit(of) : of;
}
