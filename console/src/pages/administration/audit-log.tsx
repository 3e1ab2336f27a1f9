import { Badge, Text as Words } from '@mantine/core';
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
import { AuditFilters, auditQuery, NO_FILTER } from './audit-filters';

const LIMIT = 50;

export function AuditLog() {
  const { text, language } = useLanguage();
  const client = useClient();
  const [page, setPage] = useState(1);
  const [filters, setFilters] = useState(NO_FILTER);
  const [wanted] = useDebouncedValue(filters, 300);
  const events = useQuery({
    queryKey: ['audit', wanted, page],
    queryFn: ({ signal }) =>
      client.audit.list({ page, limit: LIMIT, ...auditQuery(wanted) }, { signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <AuditFilters
        value={filters}
        onChange={(change) => {
          setFilters((all) => ({ ...all, ...change }));
          setPage(1);
        }}
      />
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
