import { Card, Text as Words, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useText } from '../../app/language';
import { LIVE_WINDOW_MS, useServerFigures } from '../../app/server-figures';
import { useClient } from '../../app/session';
import { Plot } from '../../plots/plot';
import { seriesOption } from '../../plots/time-series';
import { formatBytes } from '../../ui/format';

/** Processor and memory of the app's containers, live. */
export function AppUse({ appName }: { readonly appName: string }) {
  const text = useText();
  const client = useClient();
  const stats = useQuery({
    queryKey: ['app', appName, 'stats'],
    queryFn: ({ signal }) => client.apps.stats(appName, { signal }),
  });
  const { figures } = useServerFigures();
  const names = useMemo(
    () => (stats.data ?? []).map(({ containerName }) => containerName),
    [stats.data],
  );
  const points = useMemo(
    () =>
      figures.map(({ sampledAt, docker }) => {
        const own = docker.usage.filter(({ name }) => names.includes(name));
        return {
          at: sampledAt,
          // Just after a start the figures do not have the containers yet.
          cpu: own.length ? own.reduce((sum, one) => sum + (one.cpuPercent ?? 0), 0) : null,
          memory: own.length ? own.reduce((sum, one) => sum + one.memoryBytes, 0) : null,
        };
      }),
    [figures, names],
  );
  const last = points.at(-1);
  const cpu = useMemo(
    () =>
      seriesOption([{ name: 'CPU', points: points.map(({ at, cpu }) => [at, cpu]) }], '%', {
        windowMs: LIVE_WINDOW_MS,
      }),
    [points],
  );
  const memory = useMemo(
    () =>
      seriesOption(
        [
          {
            name: 'MiB',
            points: points.map(({ at, memory }) => [at, memory && memory / 1024 ** 2]),
          },
        ],
        'MiB',
        { windowMs: LIVE_WINDOW_MS },
      ),
    [points],
  );
  if (names.length === 0) return null;
  return (
    <div className="columns">
      <Card withBorder>
        <Title order={2} size="h5">
          {text('处理器', 'Processor')}
          <Words span c="dimmed" ml="sm" size="sm">
            {last && `${last.cpu?.toFixed(1) ?? '–'} % `}
            {text('（一个核心为 100 %）', '(100 % is one core)')}
          </Words>
        </Title>
        <Plot small option={cpu} label={text('处理器用量', 'Processor use')} />
      </Card>
      <Card withBorder>
        <Title order={2} size="h5">
          {text('内存', 'Memory')}
          <Words span c="dimmed" ml="sm" size="sm">
            {last && formatBytes(last.memory)}
          </Words>
        </Title>
        <Plot small option={memory} label={text('内存用量', 'Memory use')} />
      </Card>
    </div>
  );
}
