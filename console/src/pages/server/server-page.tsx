import { Alert, Anchor, Badge, Card, Group, Stack, Text as Words, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useLanguage, useText } from '../../app/language';
import { LIVE_WINDOW_MS, useServerFigures } from '../../app/server-figures';
import { BASE_URL, useClient, useIsAdmin } from '../../app/session';
import { Plot } from '../../plots/plot';
import { seriesOption, trafficOption, type Series } from '../../plots/time-series';
import { formatBytes, formatDuration } from '../../ui/format';
import { PageHead } from '../../ui/page-head';
import { Loaded, Loading, Problem } from '../../ui/problem';
import { Drift } from './drift';
import { Risks } from './risks';

/** State of the machine, live and over a day; its risks; where apps and engine disagree. */
export function ServerPage() {
  const text = useText();
  const isAdmin = useIsAdmin();
  return (
    <>
      <PageHead title={text('服务器', 'Server')}>
        {isAdmin && (
          <Anchor
            href={`${BASE_URL}admin/queues`}
            target="_blank"
            rel="noreferrer noopener"
            size="sm"
          >
            {text('队列', 'Queues')}
          </Anchor>
        )}
      </PageHead>
      <Stack>
        <Live />
        <Day />
        {isAdmin && (
          <div className="columns">
            <Risks />
            <Drift />
          </div>
        )}
      </Stack>
    </>
  );
}

function Live() {
  const { text, language } = useLanguage();
  const { figures, error } = useServerFigures();
  const now = figures.at(-1);
  const option = useMemo(() => {
    const percent = (value: string): number | null => {
      const number = Number.parseFloat(value);
      return Number.isNaN(number) ? null : number;
    };
    return seriesOption(
      [
        {
          name: text('处理器', 'Processor'),
          points: figures.map(({ sampledAt, cpu }) => [sampledAt, percent(cpu)]),
        },
        {
          name: text('内存', 'Memory'),
          points: figures.map(({ sampledAt, memory }) => [sampledAt, percent(memory)]),
        },
        {
          name: text('磁盘', 'Disk'),
          points: figures.map(({ sampledAt, hdd }) => [sampledAt, percent(hdd)]),
        },
      ],
      '%',
      { max: 100, windowMs: LIVE_WINDOW_MS },
    );
  }, [figures, text]);
  const network = useMemo(() => {
    const points = (direction: 'receivedPerSecond' | 'sentPerSecond'): Series['points'] =>
      figures.map(({ sampledAt, network: interfaces }) => [
        sampledAt,
        interfaces.reduce((sum, one) => sum + one[direction], 0) / 1024,
      ]);
    return trafficOption(points('receivedPerSecond'), points('sentPerSecond'), text, {
      windowMs: LIVE_WINDOW_MS,
    });
  }, [figures, text]);
  if (!now) return error ? <Problem error={error} /> : <Loading />;
  const values = [
    {
      name: text('处理器', 'Processor'),
      value: now.cpu,
      note: `${now.cores} ${text('核', 'cores')}`,
    },
    {
      name: text('内存', 'Memory'),
      value: now.memory,
      note: now.memoryDetails
        ? `${formatBytes(now.memoryDetails.usedBytes)} / ${formatBytes(now.memoryDetails.totalBytes)}`
        : '',
    },
    {
      name: text('磁盘', 'Disk'),
      value: now.hdd,
      note: `${formatBytes(now.disks.find(({ mount }) => mount === '/')?.availableBytes)} ${text('可用', 'free')}`,
    },
    {
      name: text('负载', 'Load'),
      value: (now.load[0] ?? 0).toFixed(2),
      note: `${text('已运行', 'up')} ${formatDuration(now.uptimeSeconds, language)}`,
    },
  ];
  return (
    <Stack>
      {now.info && <Alert color="gray">{now.info}</Alert>}
      <div className="tiles">
        {values.map(({ name, value, note }) => (
          <Card withBorder key={name} padding="sm">
            <Words size="sm" c="dimmed">
              {name}
            </Words>
            <Words fz={28} fw={700} lh={1.2}>
              {value}
            </Words>
            <Words size="xs" c="dimmed">
              {note}
            </Words>
          </Card>
        ))}
      </div>
      <div className="columns">
        <Card withBorder>
          <Group justify="space-between">
            <Title order={2} size="h4">
              {text('现在', 'Now')}
            </Title>
            <Badge color={now.docker.state === 'up' ? 'teal' : 'red'} variant="light" tt="none">
              Docker {now.docker.version} · {now.docker.running ?? '–'}{' '}
              {text('个容器', 'containers')}
            </Badge>
          </Group>
          <Plot
            small
            option={option}
            label={text('处理器、内存和磁盘，现在', 'Processor, memory and disk, now')}
          />
        </Card>
        <Card withBorder>
          <Title order={2} size="h4">
            {text('网络，现在', 'Network, now')}
          </Title>
          <Plot small option={network} label={text('网络，现在', 'Network, now')} />
        </Card>
      </div>
    </Stack>
  );
}

function Day() {
  const text = useText();
  const client = useClient();
  const history = useQuery({
    queryKey: ['server-history'],
    queryFn: ({ signal }) => client.server.history(1440, { signal }),
  });
  const { data } = history;
  const use = useMemo(
    () =>
      seriesOption(
        [
          {
            name: text('处理器', 'Processor'),
            points: (data ?? []).map(({ at, cpuPercent }) => [at, cpuPercent]),
          },
          {
            name: text('内存', 'Memory'),
            points: (data ?? []).map(({ at, memoryPercent }) => [at, memoryPercent]),
          },
          {
            name: text('磁盘', 'Disk'),
            points: (data ?? []).map(({ at, diskPercent }) => [at, diskPercent]),
          },
        ],
        '%',
        { max: 100 },
      ),
    [data, text],
  );
  const network = useMemo(
    () =>
      trafficOption(
        (data ?? []).map(({ at, receivedPerSecond }) => [at, receivedPerSecond / 1024]),
        (data ?? []).map(({ at, sentPerSecond }) => [at, sentPerSecond / 1024]),
        text,
      ),
    [data, text],
  );
  return (
    <Loaded query={history}>
      {() => (
        <div className="columns">
          <Card withBorder>
            <Title order={2} size="h4">
              {text('过去 24 小时', 'Last 24 hours')}
            </Title>
            <Plot
              small
              option={use}
              label={text('处理器、内存和磁盘，24 小时', 'Processor, memory and disk, 24 hours')}
            />
          </Card>
          <Card withBorder>
            <Title order={2} size="h4">
              {text('网络，过去 24 小时', 'Network, last 24 hours')}
            </Title>
            <Plot small option={network} label={text('网络，24 小时', 'Network, 24 hours')} />
          </Card>
        </div>
      )}
    </Loaded>
  );
}
