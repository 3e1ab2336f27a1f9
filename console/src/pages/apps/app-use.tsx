import { Card, Text as Words, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useText } from '../../app/language';
import { LIVE_WINDOW_MS, useServerFigures } from '../../app/server-figures';
import { useClient } from '../../app/session';
import { Plot } from '../../plots/plot';
import { seriesOption, trafficOption } from '../../plots/time-series';
import { formatBytes } from '../../ui/format';

/** Processor, memory and network of the app's containers, live. */
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
          cpu: sumOfKnown(own.map((one) => one.cpuPercent)),
          memory: sumOfKnown(own.map((one) => one.memoryBytes)),
          received: sumOfKnown(own.map((one) => one.receivedPerSecond)),
          sent: sumOfKnown(own.map((one) => one.sentPerSecond)),
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
  const network = useMemo(
    () =>
      trafficOption(
        points.map(({ at, received }) => [at, received && received / 1024]),
        points.map(({ at, sent }) => [at, sent && sent / 1024]),
        text,
        { windowMs: LIVE_WINDOW_MS },
      ),
    [points, text],
  );
  if (names.length === 0) return null;
  return (
    <div className="columns narrow">
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
      <Card withBorder>
        <Title order={2} size="h5">
          {text('网络', 'Network')}
          <Words span c="dimmed" ml="sm" size="sm">
            {last && `↓ ${perSecond(last.received)} ↑ ${perSecond(last.sent)}`}
          </Words>
        </Title>
        <Plot small option={network} label={text('网络流量', 'Network traffic')} />
      </Card>
    </div>
  );
}

/** Null where none is known. */
function sumOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

function perSecond(bytes: number | null): string {
  return bytes === null ? '–' : `${formatBytes(bytes)}/s`;
}
