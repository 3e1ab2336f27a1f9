import { Badge, Button, Card, Group, NumberInput, Stack, TextInput } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLanguage } from '../../app/language';
import { useClient } from '../../app/session';
import { DataTable } from '../../ui/data-table';
import { Form } from '../../ui/form';
import { formatTime } from '../../ui/format';
import { Pages } from '../../ui/pages';
import { fieldProblems, Loaded } from '../../ui/problem';
import { useChange } from '../../ui/use-change';

const LIMIT = 20;
const HOUR_MS = 3_600_000;

export function AddressBans() {
  const { text, language } = useLanguage();
  const client = useClient();
  const [page, setPage] = useState(1);
  const [address, setAddress] = useState('');
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState<number | string>('');
  const bans = useQuery({
    queryKey: ['bans', page],
    queryFn: ({ signal }) => client.addressBans.list({ page, limit: LIMIT }, { signal }),
    placeholderData: keepPreviousData,
  });
  const add = useChange(
    ['bans'],
    () =>
      client.addressBans.add({
        address: address.trim(),
        ...(reason.trim() ? { reason: reason.trim() } : {}),
        ...(hours === '' ? {} : { expired: Date.now() + Number(hours) * HOUR_MS }),
      }),
    () => text('地址已封禁', 'The address is banned'),
    () => setAddress(''),
  );
  const lift = useChange(
    ['bans'],
    (id: number) => client.addressBans.lift(id),
    () => text('封禁已解除', 'The ban is lifted'),
  );
  return (
    <Stack>
      <Card withBorder>
        <Form onSubmit={() => add.mutate()}>
          <Group align="flex-end" gap="sm">
            <TextInput
              label={text('IP 地址或 CIDR', 'Address or CIDR block')}
              placeholder="203.0.113.0/24"
              required
              withAsterisk={false}
              value={address}
              error={fieldProblems(add.error)['address']}
              onChange={(event) => setAddress(event.currentTarget.value)}
            />
            <TextInput
              label={text('原因', 'Reason')}
              flex="1 1 10rem"
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <NumberInput
              label={text('小时（空：永久）', 'Hours (empty: no end)')}
              w={170}
              min={1}
              value={hours}
              onChange={setHours}
            />
            <Button type="submit" loading={add.isPending}>
              {text('封禁', 'Ban')}
            </Button>
          </Group>
        </Form>
      </Card>
      <Loaded query={bans}>
        {({ items, total }) => (
          <div>
            <DataTable<Schema<'AddressBanDto'>>
              label={text('封禁地址', 'Banned addresses')}
              rows={items}
              rowKey={({ id }) => id}
              empty={text('没有封禁的地址。', 'No address is banned.')}
              columns={[
                {
                  title: text('地址', 'Address'),
                  cell: ({ address, active }) => (
                    <>
                      <span className="mono">{address}</span>{' '}
                      {!active && (
                        <Badge color="gray" variant="light" tt="none" size="sm">
                          {text('已到期', 'Ended')}
                        </Badge>
                      )}
                    </>
                  ),
                },
                { title: text('原因', 'Reason'), cell: ({ reason }) => reason || '–' },
                {
                  title: text('至', 'Until'),
                  cell: ({ expired }) =>
                    expired === null ? text('永久', 'no end') : formatTime(expired, language),
                },
                {
                  title: text('操作', 'Actions'),
                  narrow: true,
                  cell: ({ id }) => (
                    <Button size="compact-sm" variant="default" onClick={() => lift.mutate(id)}>
                      {text('解除', 'Lift')}
                    </Button>
                  ),
                },
              ]}
            />
            <Pages page={page} limit={LIMIT} total={total} onPage={setPage} />
          </div>
        )}
      </Loaded>
    </Stack>
  );
}
