import { Badge, Button, Group, Menu } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useClient, useMe } from '../../app/session';
import { Confirm } from '../../ui/confirm';
import { DataTable } from '../../ui/data-table';
import { useNotices } from '../../ui/notices';
import { HistoryFilters, type HistoryFilter } from './history-filters';
import { Pages } from '../../ui/pages';
import { Loaded } from '../../ui/problem';
import { saveFile } from '../../ui/save-file';
import { useChange } from '../../ui/use-change';

type Entry = Schema<'RecordDto'>;
const LIMIT = 20;

/** The own records: confirm the diagnosis, delete, export. */
export function History() {
  const text = useText();
  const client = useClient();
  const notices = useNotices();
  const me = useMe();
  const uid = me?.uid ?? '';
  const [page, setPage] = useState(1);
  const [filter, setFilter] = useState<HistoryFilter>({});
  const [doomed, setDoomed] = useState<Entry | null>(null);
  const records = useQuery({
    queryKey: ['history', uid, page, filter],
    queryFn: ({ signal }) =>
      client.history.list(uid, { page, limit: LIMIT, ...filter }, { signal }),
    enabled: uid !== '',
    placeholderData: keepPreviousData,
  });
  const confirm = useChange(
    ['history'],
    ({ id, hcc }: { id: number; hcc: boolean }) => client.history.confirm(id, hcc),
    () => text('诊断已确认', 'The diagnosis is confirmed'),
  );
  const remove = useChange(
    ['history'],
    (id: number) => client.history.delete(id),
    () => text('记录已删除', 'The record is deleted'),
    () => setDoomed(null),
  );
  const download = useMutation({
    mutationFn: async () =>
      saveFile('history.csv', await (await client.history.export(uid)).blob()),
    onError: (error) => notices.failed(error),
  });
  const status = (hcc: boolean | null): string =>
    hcc === null ? '–' : hcc ? 'HCC' : text('非 HCC', 'not HCC');
  return (
    <>
      <Group justify="space-between" align="flex-end" mb="sm">
        <HistoryFilters
          value={filter}
          onChange={(next) => {
            setFilter(next);
            setPage(1);
          }}
        />
        <Button variant="default" loading={download.isPending} onClick={() => download.mutate()}>
          {text('导出 CSV', 'Export CSV')}
        </Button>
      </Group>
      <Loaded query={records}>
        {({ items, total }) => (
          <>
            <DataTable<Entry>
              label={text('历史', 'History')}
              rows={items}
              rowKey={({ id }) => id}
              empty={
                Object.keys(filter).length > 0
                  ? text('没有符合条件的记录。', 'No record matches.')
                  : text(
                      '还没有记录。先计算一个样本。',
                      'There is no record yet. Compute a sample first.',
                    )
              }
              columns={[
                { title: text('患者', 'Patient'), cell: ({ pid }) => pid },
                { title: 'bp', cell: ({ ctdna }) => ctdna },
                { title: 'CpG', cell: ({ cpg }) => cpg },
                {
                  title: 'p',
                  cell: ({ probability, extrapolated }) => (
                    <span
                      title={
                        extrapolated ? text('超出拟合范围', 'Outside what was fitted') : undefined
                      }
                    >
                      {probability.toFixed(3)}
                      {extrapolated && ' *'}
                    </span>
                  ),
                },
                {
                  title: text('推断', 'Inferred'),
                  cell: ({ hcc_infer }) => (
                    <Badge color={hcc_infer ? 'red' : 'teal'} variant="light" tt="none">
                      {status(hcc_infer)}
                    </Badge>
                  ),
                },
                { title: text('确诊', 'Confirmed'), cell: ({ hcc }) => status(hcc) },
                {
                  title: text('模型', 'Model'),
                  cell: ({ model }) => <span className="nowrap">{model}</span>,
                },
                {
                  title: text('时间', 'Time'),
                  cell: ({ time }) => <span className="nowrap">{time}</span>,
                },
                {
                  title: text('操作', 'Actions'),
                  narrow: true,
                  cell: (entry) => (
                    <Menu position="bottom-end">
                      <Menu.Target>
                        <Button
                          size="compact-sm"
                          variant="default"
                          aria-label={text(
                            `记录 ${entry.id} 的操作`,
                            `Actions for record ${entry.id}`,
                          )}
                        >
                          …
                        </Button>
                      </Menu.Target>
                      <Menu.Dropdown>
                        <Menu.Item onClick={() => confirm.mutate({ id: entry.id, hcc: true })}>
                          {text('确诊为 HCC', 'Confirm HCC')}
                        </Menu.Item>
                        <Menu.Item onClick={() => confirm.mutate({ id: entry.id, hcc: false })}>
                          {text('确诊为非 HCC', 'Confirm not HCC')}
                        </Menu.Item>
                        <Menu.Item color="red" onClick={() => setDoomed(entry)}>
                          {text('删除', 'Delete')}
                        </Menu.Item>
                      </Menu.Dropdown>
                    </Menu>
                  ),
                },
              ]}
            />
            <Pages page={page} limit={LIMIT} total={total} onPage={setPage} />
          </>
        )}
      </Loaded>
      <Confirm
        opened={doomed !== null}
        title={text('删除记录？', 'Delete this record?')}
        action={text('删除', 'Delete')}
        danger
        busy={remove.isPending}
        onConfirm={() => doomed && remove.mutate(doomed.id)}
        onClose={() => setDoomed(null)}
      />
    </>
  );
}
