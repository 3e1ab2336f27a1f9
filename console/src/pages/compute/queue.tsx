import { Badge, Button } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useText } from '../../app/language';
import { usePageVisible } from '../../app/live';
import { useClient, useSession } from '../../app/session';
import { DataTable } from '../../ui/data-table';
import { Pages } from '../../ui/pages';
import { Loaded } from '../../ui/problem';
import { useChange } from '../../ui/use-change';

const LIMIT = 20;
const QUEUED = 3;
/** Many tasks end in a second; the list is asked for again this often at most. */
const AGAIN_MS = 1_000;

type Waiting = Schema<'TaskDto'> & { readonly position: number | null };

/** The own tasks that wait, with their place in the queue. */
export function Queue() {
  const text = useText();
  const client = useClient();
  const [page, setPage] = useState(1);
  const tasks = useQuery({
    queryKey: ['queue', page],
    queryFn: async ({ signal }) => {
      const { items, total } = await client.compute.tasks(
        { status: QUEUED, page, limit: LIMIT },
        { signal },
      );
      const waiting = await Promise.all(
        items.map(async (task): Promise<Waiting> => {
          const { position } = await client.compute.status(task.id, { signal });
          return { ...task, position };
        }),
      );
      return { waiting, total };
    },
    placeholderData: keepPreviousData,
  });
  useQueueEvents();
  const cancel = useChange(
    ['queue'],
    (id: string) => client.compute.cancel(id),
    () => text('任务已取消', 'The task is cancelled'),
  );
  return (
    <Loaded query={tasks}>
      {({ waiting, total }) => (
        <>
          <DataTable<Waiting>
            label={text('队列', 'Queue')}
            rows={waiting}
            rowKey={({ id }) => id}
            empty={text('没有等待的任务。', 'No task is waiting.')}
            columns={[
              {
                title: text('位置', 'Place'),
                cell: ({ position }) =>
                  position ?? <Badge tt="none">{text('计算中', 'computing')}</Badge>,
              },
              { title: text('患者', 'Patient'), cell: ({ pid }) => pid },
              { title: 'bp', cell: ({ ctdna }) => ctdna },
              { title: 'CpG', cell: ({ cpg }) => cpg },
              {
                title: text('提交时间', 'Submitted'),
                cell: ({ submitted_at }) => new Date(submitted_at).toLocaleString(),
              },
              {
                title: text('操作', 'Actions'),
                narrow: true,
                cell: ({ id, pid }) => (
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={text(`取消患者 ${pid} 的任务`, `Cancel the task of patient ${pid}`)}
                    onClick={() => cancel.mutate(id)}
                  >
                    {text('取消', 'Cancel')}
                  </Button>
                ),
              },
            ]}
          />
          <Pages page={page} limit={LIMIT} total={total} onPage={setPage} />
        </>
      )}
    </Loaded>
  );
}

/** Has the list asked for again after tasks were queued or ended. */
function useQueueEvents(): void {
  const { client, endBy } = useSession();
  const queries = useQueryClient();
  const visible = usePageVisible();
  const end = useRef(endBy);
  end.current = endBy;
  useEffect(() => {
    if (!visible) return;
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const follow = async (): Promise<void> => {
      const events = client.compute.events({ signal: ended.signal });
      while (!(await events.next()).done)
        timer ??= setTimeout(() => {
          timer = undefined;
          void queries.invalidateQueries({ queryKey: ['queue'] });
        }, AGAIN_MS);
    };
    follow().catch((error: unknown) => void end.current(error));
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [client, queries, visible]);
}
