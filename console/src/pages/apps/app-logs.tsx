import {
  Alert,
  Button,
  Card,
  Group,
  NativeSelect,
  Switch,
  Text as Words,
  TextInput,
  Title,
} from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import type { Schema } from '@stackscape/client';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useText } from '../../app/language';
import { useClient, useSession } from '../../app/session';
import { Problem } from '../../ui/problem';
import { saveFile } from '../../ui/save-file';

type Line = Schema<'LogLineDto'>;
const TAIL = 500;
const MOST_LINES = 2_000;

/**
 * What the containers of an app write, all of them or one: follow, search, wrap, download. Shown as
 * text, whatever it is.
 */
export function AppLogs({ appName }: { readonly appName: string }) {
  const text = useText();
  const client = useClient();
  const [following, setFollowing] = useState(false);
  const [search, setSearch] = useState('');
  const [service, setService] = useState('');
  const [wraps, setWraps] = useLocalStorage({ key: 'stackscape.log-wraps', defaultValue: true });
  const tail = useQuery({
    queryKey: ['logs', appName, service],
    queryFn: ({ signal }) => client.apps.logs(appName, wantedLines(service), { signal }),
  });
  const stats = useQuery({
    queryKey: ['app', appName, 'stats'],
    queryFn: ({ signal }) => client.apps.stats(appName, { signal }),
  });
  const services = (stats.data ?? []).map((one) => one.service).sort();
  const followed = useFollowedLog(appName, service, following);
  const lines = following ? followed.lines : (tail.data ?? []);
  const wanted = search.trim().toLowerCase();
  const shown = useMemo(
    () => (wanted ? lines.filter((line) => line.text.toLowerCase().includes(wanted)) : lines),
    [lines, wanted],
  );
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [shown]);
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {text('日志', 'Log')}
        </Title>
        <Group gap="sm">
          <TextInput
            type="search"
            size="xs"
            aria-label={text('搜索日志', 'Search the log')}
            placeholder={text('搜索', 'Search')}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
          {(services.length > 1 || service) && (
            <NativeSelect
              size="xs"
              aria-label={text('服务', 'Service')}
              value={service}
              onChange={(event) => setService(event.currentTarget.value)}
              data={[
                { value: '', label: text('所有服务', 'All services') },
                ...new Set(service ? [service, ...services] : services),
              ]}
            />
          )}
          <Switch
            size="sm"
            label={text('自动换行', 'Wrap lines')}
            checked={wraps}
            onChange={(event) => setWraps(event.currentTarget.checked)}
          />
          <Switch
            size="sm"
            label={text('跟随', 'Follow')}
            checked={following}
            onChange={(event) => setFollowing(event.currentTarget.checked)}
          />
          {!following && (
            <Button
              size="xs"
              variant="default"
              loading={tail.isFetching}
              onClick={() => void tail.refetch()}
            >
              {text('刷新', 'Refresh')}
            </Button>
          )}
          <Button
            size="xs"
            variant="default"
            disabled={lines.length === 0}
            onClick={() =>
              saveFile(
                `${appName}.log`,
                new Blob([lines.map(asText).join('')], { type: 'text/plain' }),
              )
            }
          >
            {text('下载', 'Download')}
          </Button>
        </Group>
      </Group>
      {tail.error && !following && (
        <Problem error={tail.error} onRetry={() => void tail.refetch()} />
      )}
      {following && followed.ended && (
        <Alert color="orange" mb="sm">
          {text('日志流已结束，正在重新连接。', 'The log has ended; connecting again.')}
        </Alert>
      )}
      <div
        className={wraps ? 'log' : 'log unwrapped'}
        ref={box}
        tabIndex={0}
        role="log"
        aria-label={text('日志', 'Log')}
      >
        {shown.length === 0 ? (
          <Words size="sm" c="dimmed">
            {wanted
              ? text('没有符合的行。', 'No line matches.')
              : text('还没有日志。', 'No lines yet.')}
          </Words>
        ) : (
          shown.map((line, index) => (
            <div key={index} className={line.stream}>
              <Words span inherit c="dimmed">
                {line.at.slice(11, 19)} {line.service}{' '}
              </Words>
              {line.text}
            </div>
          ))
        )}
      </div>
    </Card>
  );
}

const AGAIN_MS = 2_000;

/** @param service empty: of all services */
const wantedLines = (service: string) => ({ tail: TAIL, ...(service ? { service } : {}) });

function useFollowedLog(
  appName: string,
  service: string,
  following: boolean,
): { lines: Line[]; ended: boolean } {
  const { client, endBy } = useSession();
  const end = useRef(endBy);
  end.current = endBy;
  const [lines, setLines] = useState<Line[]>([]);
  const [ended, setEnded] = useState(false);
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!following) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      if (stop.signal.aborted) return;
      setEnded(true);
      timer = setTimeout(() => setRound((now) => now + 1), AGAIN_MS);
    };
    const follow = async (): Promise<void> => {
      const { signal } = stop;
      setLines([]);
      let waiting: Line[] = [];
      for await (const line of client.apps.followLogs(appName, wantedLines(service), { signal })) {
        waiting.push(line);
        if (waiting.length > 1) continue;
        // Many lines come at once: they are shown together.
        setTimeout(() => {
          const more = waiting;
          waiting = [];
          setEnded(false);
          setLines((all) => [...all, ...more].slice(-MOST_LINES));
        }, 50);
      }
    };
    follow().then(again, (error: unknown) => {
      if (!end.current(error)) again();
    });
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [client, appName, service, following, round]);
  return { lines, ended };
}

function asText({ at, service, stream, text }: Line): string {
  return `${at} ${service} ${stream} ${text}\n`;
}
