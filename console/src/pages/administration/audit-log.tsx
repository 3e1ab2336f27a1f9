import { Badge, Group, Select, Text as Words, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { Schema } from '@stackscape/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLanguage } from '../../app/language';
import { useClient } from '../../app/session';
import { DataTable } from '../../ui/data-table';
import { formatTime } from '../../ui/format';
import { Pages } from '../../ui/pages';
import { Loaded } from '../../ui/problem';

const LIMIT = 50;

export function AuditLog() {
  const { text, language } = useLanguage();
  const client = useClient();
  const [page, setPage] = useState(1);
  const [filters, setFilters] = useState({ action: '', ip: '', outcome: '' });
  const [wanted] = useDebouncedValue(filters, 300);
  const events = useQuery({
    queryKey: ['audit', wanted, page],
    queryFn: ({ signal }) =>
      client.audit.list(
        {
          page,
          limit: LIMIT,
          ...(wanted.action.trim() ? { action: wanted.action.trim() } : {}),
          ...(wanted.ip.trim() ? { ip: wanted.ip.trim() } : {}),
          ...(wanted.outcome ? { outcome: wanted.outcome as Schema<'AuditOutcome'> } : {}),
        },
        { signal },
      ),
    placeholderData: keepPreviousData,
  });
  const filter = (name: keyof typeof filters, value: string): void => {
    setFilters((all) => ({ ...all, [name]: value }));
    setPage(1);
  };
  return (
    <>
      <Group mb="md" gap="sm">
        <TextInput
          aria-label={text('操作', 'Action')}
          placeholder="user.registered"
          value={filters.action}
          onChange={(event) => filter('action', event.currentTarget.value)}
        />
        <TextInput
          aria-label={text('来源地址', 'Address')}
          placeholder={text('来源地址', 'Address')}
          value={filters.ip}
          onChange={(event) => filter('ip', event.currentTarget.value)}
        />
        <Select
          w={160}
          aria-label={text('结果', 'Outcome')}
          allowDeselect={false}
          value={filters.outcome}
          onChange={(value) => filter('outcome', value ?? '')}
          data={[
            { value: '', label: text('全部结果', 'Any outcome') },
            { value: 'done', label: text('已执行', 'Done') },
            { value: 'refused', label: text('被拒绝', 'Refused') },
          ]}
        />
      </Group>
      <Loaded query={events}>
        {({ items, total }) => (
          <>
            <DataTable<Schema<'AuditEventDto'>>
              label={text('审计日志', 'Audit log')}
              rows={items}
              rowKey={({ id }) => id}
              empty={text('没有符合的记录。', 'No entry matches.')}
              columns={[
                {
                  title: text('时间', 'Time'),
                  cell: ({ time }) => <span className="nowrap">{formatTime(time, language)}</span>,
                },
                {
                  title: text('操作', 'Action'),
                  cell: ({ action, outcome, details }) => (
                    <>
                      <span className="mono">{action}</span>{' '}
                      {outcome === 'refused' && (
                        <Badge color="red" variant="light" tt="none" size="sm">
                          {text('被拒绝', 'Refused')}
                        </Badge>
                      )}
                      {details && (
                        <Words size="xs" c="dimmed" className="mono breakable">
                          {JSON.stringify(details)}
                        </Words>
                      )}
                    </>
                  ),
                },
                { title: text('操作者', 'By'), cell: ({ actor }) => actor?.user_name ?? '–' },
                {
                  title: text('对象', 'On'),
                  cell: ({ target }) => target?.name || target?.id || '–',
                },
                {
                  title: text('来源地址', 'From'),
                  cell: ({ ip }) => <span className="mono">{ip ?? '–'}</span>,
                },
              ]}
            />
            <Pages page={page} limit={LIMIT} total={total} onPage={setPage} />
          </>
        )}
      </Loaded>
    </>
  );
}
