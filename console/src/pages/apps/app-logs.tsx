import { Alert, Button, Card, Group, Switch, Text as Words, TextInput, Title } from '@mantine/core';
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

/** What the containers of an app write: follow, search, download. Shown as text, whatever it is. */
export function AppLogs({ appName }: { readonly appName: string }) {
  const text = useText();
  const client = useClient();
  const [following, setFollowing] = useState(false);
  const [search, setSearch] = useState('');
  const tail = useQuery({
    queryKey: ['logs', appName],
    queryFn: ({ signal }) => client.apps.logs(appName, { tail: TAIL }, { signal }),
  });
  const followed = useFollowedLog(appName, following);
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
      <div className="log" ref={box} tabIndex={0} role="log" aria-label={text('日志', 'Log')}>
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

function useFollowedLog(appName: string, following: boolean): { lines: Line[]; ended: boolean } {
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
      const from = { tail: TAIL };
      setLines([]);
      let waiting: Line[] = [];
      for await (const line of client.apps.followLogs(appName, from, { signal: stop.signal })) {
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
  }, [client, appName, following, round]);
  return { lines, ended };
}

function asText({ at, service, stream, text }: Line): string {
  return `${at} ${service} ${stream} ${text}\n`;
}
