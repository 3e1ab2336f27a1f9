import { Card, Title } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useText } from '../../app/language';
import { useClient, useMe } from '../../app/session';
import { Plot } from '../../plots/plot';
import { Empty, Loaded } from '../../ui/problem';
import { HistoryFilters, type HistoryFilter } from './history-filters';
import { probabilityOption } from './plot-options';

/** The most that the server gives at once. */
const MOST_RECORDS = 500;

/** Probability of the own records over time, by confirmed status; of one patient, for example. */
export function ProbabilityOverTime() {
  const text = useText();
  const client = useClient();
  const uid = useMe()?.uid ?? '';
  const [filter, setFilter] = useState<HistoryFilter>({});
  const records = useQuery({
    queryKey: ['history', uid, 'over-time', filter],
    queryFn: ({ signal }) =>
      client.history.list(uid, { limit: MOST_RECORDS, ...filter }, { signal }),
    enabled: uid !== '',
    placeholderData: keepPreviousData,
  });
  const title = text('概率随时间变化', 'Probability over time');
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      <HistoryFilters value={filter} onChange={setFilter} />
      <Loaded query={records}>
        {({ items, total }) =>
          items.length === 0 ? (
            <Empty>{text('没有符合条件的记录。', 'No record matches.')}</Empty>
          ) : (
            <Records title={title} items={items} total={total} />
          )
        }
      </Loaded>
    </Card>
  );
}

function Records({
  title,
  items,
  total,
}: {
  readonly title: string;
  readonly items: readonly Schema<'RecordDto'>[];
  readonly total: number;
}) {
  const text = useText();
  const option = useMemo(() => probabilityOption(items, text), [items, text]);
  const times = items.map(({ time }) => time).sort();
  const models = [...new Set(items.map((r) => `${r.model} ${r.checksum.slice(0, 12)}`))];
  const count =
    total > items.length
      ? text(`n = 最新 ${items.length} / ${total}`, `n = newest ${items.length} of ${total}`)
      : `n = ${total}`;
  return (
    <Plot
      option={option}
      label={title}
      caption={[
        count,
        `${times[0]} – ${times.at(-1)}`,
        ...models,
        text('仅供研究使用', 'research use only'),
      ].join(' · ')}
      fileName="probability-over-time"
    />
  );
}
