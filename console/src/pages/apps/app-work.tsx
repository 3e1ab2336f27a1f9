import { Button, Card, Group, Progress, Stack, Text as Words, Title } from '@mantine/core';
import type { AppEvent } from '@stackscape/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useText } from '../../app/language';
import { usePageVisible } from '../../app/live';
import { useClient, useIsAdmin, useSession } from '../../app/session';
import { Confirm } from '../../ui/confirm';
import { phaseName, type AppInfo } from './app-status';
import { PulledImages, withLayers, type Layers } from './pulled-images';

const MOST_LINES = 500;
const SHOWN_AFTER_MS = 100;

/** An install or upgrade as it goes on: phase, bar, log, cancel. A reload begins where the work began. */
export function AppWork({ info }: { readonly info: AppInfo }) {
  const text = useText();
  const client = useClient();
  const isAdmin = useIsAdmin();
  const work = useWork(info);
  const { lines, layers } = work;
  // The state of the app may be known before its stream tells of it.
  const { phase, progress } = info.progress > work.progress ? info : work;
  const [asked, setAsked] = useState(false);
  const cancel = useMutation({
    mutationFn: () => client.apps.cancel(info.appName),
    onSuccess: () => setAsked(false),
  });
  const log = useRef<HTMLDivElement>(null);
  useEffect(() => {
    log.current?.scrollTo({ top: log.current.scrollHeight });
  }, [lines]);
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4" aria-live="polite">
            {phaseName(phase, text)}
          </Title>
          {isAdmin && phase !== 'rolling-back' && (
            <Button variant="default" size="xs" onClick={() => setAsked(true)}>
              {text('取消', 'Cancel')}
            </Button>
          )}
        </Group>
        <Progress
          value={progress}
          size="lg"
          striped
          animated
          aria-label={text('进度', 'Progress')}
        />
        <Words size="sm" c="dimmed">
          {progress} % ·{' '}
          {text(
            '可以离开或刷新此页，安装会继续。',
            'You may leave or reload this page: the work goes on.',
          )}
        </Words>
        {phase === 'pulling' && <PulledImages layers={layers} />}
        <div className="log" ref={log} tabIndex={0} role="log" aria-label={text('过程', 'Steps')}>
          {lines.length === 0
            ? text('等待第一条消息…', 'Waiting for the first message …')
            : lines.map((line, index) => <div key={index}>{line}</div>)}
        </div>
      </Stack>
      <Confirm
        opened={asked}
        title={text('取消安装？', 'Cancel this?')}
        action={text('取消安装', 'Cancel it')}
        danger
        busy={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate()}
        onClose={() => setAsked(false)}
      >
        <Words size="sm">
          {text(
            '已完成的步骤会回滚，不会留下容器和网络。',
            'What was done is rolled back; no container and no network is left.',
          )}
        </Words>
      </Confirm>
    </Card>
  );
}

interface Work {
  readonly phase: string;
  readonly progress: number;
  readonly lines: readonly string[];
  /** By image and id, in the order of their first mention. */
  readonly layers: Layers;
}

function useWork(info: AppInfo): Work {
  const { client, endBy } = useSession();
  const queries = useQueryClient();
  const visible = usePageVisible();
  const { appName, jobId } = info;
  const [work, setWork] = useState<Work>({
    phase: info.phase,
    progress: info.progress,
    lines: [],
    layers: new Map(),
  });
  const end = useRef(endBy);
  end.current = endBy;
  useEffect(() => {
    if (!visible) return;
    const ended = new AbortController();
    // What went before comes all at once: it is shown together, so that the bar does not run again.
    const waiting: AppEvent[] = [];
    const show = (): void => {
      const some = waiting.splice(0);
      setWork((before) => some.reduce(after, before));
    };
    const follow = async (): Promise<void> => {
      setWork((before) => ({ ...before, lines: [], layers: new Map() })); // the stream begins with the beginning
      for await (const event of client.apps.events({ appName, signal: ended.signal })) {
        if (event.jobId !== null && event.jobId !== jobId) continue;
        if (waiting.push(event) === 1) setTimeout(show, SHOWN_AFTER_MS);
        if (event.type === 'phase')
          void queries.invalidateQueries({ queryKey: ['app', appName, 'info'] });
      }
    };
    // The installation may be gone by now: the page asks anew and shows what is.
    follow().catch((error: unknown) => {
      if (!end.current(error)) void queries.invalidateQueries({ queryKey: ['app', appName] });
    });
    return () => ended.abort();
  }, [client, queries, appName, jobId, visible]);
  return work;
}

/** A worker that takes over begins to count anew; the bar of an install never goes back. */
function after(work: Work, event: AppEvent): Work {
  switch (event.type) {
    case 'progress':
      return {
        ...work,
        phase: event.phase,
        progress: Math.max(work.progress, event.progress),
        layers: withLayers(work.layers, event.layers),
      };
    case 'phase': {
      if (event.upgrade) return { phase: event.phase, progress: 0, lines: [], layers: new Map() };
      const lines = event.text ? withLine(work.lines, event.text) : work.lines;
      return {
        ...work,
        phase: event.phase,
        progress: Math.max(work.progress, event.progress ?? 0),
        lines,
      };
    }
    case 'log':
      return { ...work, lines: withLine(work.lines, event.text) };
    case 'status':
    case 'backup':
    case 'update':
      return work;
  }
}

function withLine(lines: readonly string[], line: string): readonly string[] {
  return [...lines.slice(1 - MOST_LINES), line];
}
