import { Badge, Button, Text as Words } from '@mantine/core';
import type { CallOptions, Schema } from '@stackscape/client';
import { useQuery } from '@tanstack/react-query';
import { useLanguage } from '../../app/language';
import { DataTable } from '../../ui/data-table';
import { formatTime } from '../../ui/format';
import { Loaded } from '../../ui/problem';
import { useChange } from '../../ui/use-change';

/** The devices where an account is signed in, each of which can be signed out. */
export function SessionTable({
  queryKey,
  list,
  end,
}: {
  readonly queryKey: readonly string[];
  readonly list: (options: CallOptions) => Promise<Schema<'SessionDto'>[]>;
  readonly end: (sid: string) => Promise<void>;
}) {
  const { text, language } = useLanguage();
  const sessions = useQuery({ queryKey, queryFn: ({ signal }) => list({ signal }) });
  const ending = useChange(queryKey, end, () => text('会话已结束', 'The session has ended'));
  return (
    <Loaded query={sessions}>
      {(items) => (
        <DataTable<Schema<'SessionDto'>>
          label={text('会话', 'Sessions')}
          rows={items}
          rowKey={({ sid }) => sid}
          empty={text('没有会话。', 'There is no session.')}
          columns={[
            {
              title: text('设备', 'Device'),
              cell: ({ user_agent, current }) => (
                <>
                  {current && (
                    <Badge variant="light" tt="none" mr="xs">
                      {text('本设备', 'This one')}
                    </Badge>
                  )}
                  <Words span size="sm" className="breakable">
                    {user_agent || '–'}
                  </Words>
                </>
              ),
            },
            {
              title: text('地址', 'Address'),
              cell: ({ address }) => <span className="mono">{address}</span>,
            },
            {
              title: text('最近使用', 'Last used'),
              cell: ({ last_used }) => (
                <span className="nowrap">{formatTime(last_used, language)}</span>
              ),
            },
            {
              title: text('操作', 'Actions'),
              narrow: true,
              cell: ({ sid, current }) =>
                !current && (
                  <Button size="compact-sm" variant="default" onClick={() => ending.mutate(sid)}>
                    {text('结束', 'End')}
                  </Button>
                ),
            },
          ]}
        />
      )}
    </Loaded>
  );
}
