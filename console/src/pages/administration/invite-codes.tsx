import {
  Badge,
  Button,
  Card,
  CopyButton,
  Group,
  Modal,
  NumberInput,
  Select,
  Stack,
  Switch,
  Text as Words,
  TextInput,
} from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLanguage, useText } from '../../app/language';
import { BASE_URL, useClient } from '../../app/session';
import { DataTable } from '../../ui/data-table';
import { Form } from '../../ui/form';
import { formatTime } from '../../ui/format';
import { Pages } from '../../ui/pages';
import { Loaded, Problem } from '../../ui/problem';
import { useChange } from '../../ui/use-change';
import { QrCode } from './qr-code';

type InviteCode = Schema<'InviteCodeDto'>;
const LIMIT = 20;
const DAY_MS = 86_400_000;

/** The page at which somebody registers with a code. */
function linkOf(code: string): string {
  return `${BASE_URL}#/register?code=${encodeURIComponent(code)}`;
}

export function InviteCodes() {
  const { text, language } = useLanguage();
  const client = useClient();
  const [state, setState] = useState<Schema<'InviteCodeState'>>('valid');
  const [page, setPage] = useState(1);
  const [shown, setShown] = useState<string | null>(null);
  const codes = useQuery({
    queryKey: ['codes', state, page],
    queryFn: ({ signal }) => client.inviteCodes.list({ state, page, limit: LIMIT }, { signal }),
    placeholderData: keepPreviousData,
  });
  const revoke = useChange(
    ['codes'],
    (code: string) => client.inviteCodes.revoke(code),
    () => text('邀请码已撤销', 'The code is revoked'),
  );
  return (
    <Stack>
      <Issue />
      <Group>
        <Select
          w={190}
          aria-label={text('状态', 'State')}
          allowDeselect={false}
          value={state}
          onChange={(value) => {
            setState(value as Schema<'InviteCodeState'>);
            setPage(1);
          }}
          data={[
            { value: 'valid', label: text('有效', 'Valid') },
            { value: 'used', label: text('已用完', 'Used up') },
            { value: 'expired', label: text('已过期', 'Expired') },
            { value: 'revoked', label: text('已撤销', 'Revoked') },
          ]}
        />
      </Group>
      <Loaded query={codes}>
        {({ items, total }) => (
          <div>
            <DataTable<InviteCode>
              label={text('邀请码', 'Invite codes')}
              rows={items}
              rowKey={({ code }) => code}
              empty={text('这里没有邀请码。', 'There is no code here.')}
              columns={[
                {
                  title: text('邀请码', 'Code'),
                  cell: ({ code, note, approval }) => (
                    <>
                      <span className="mono">{code}</span>{' '}
                      {approval && (
                        <Badge color="orange" variant="light" tt="none" size="sm">
                          {text('需批准', 'With approval')}
                        </Badge>
                      )}
                      {note && (
                        <Words size="xs" c="dimmed">
                          {note}
                        </Words>
                      )}
                    </>
                  ),
                },
                {
                  title: text('使用', 'Used by'),
                  cell: ({ used_count, max_uses, uses }) => (
                    <>
                      {used_count} / {max_uses}
                      <Words size="xs" c="dimmed">
                        {uses.map(({ user_name }) => user_name).join(', ')}
                      </Words>
                    </>
                  ),
                },
                {
                  title: text('有效期至', 'Valid until'),
                  cell: ({ expired }) =>
                    expired === null ? text('不过期', 'no end') : formatTime(expired, language),
                },
                {
                  title: text('操作', 'Actions'),
                  narrow: true,
                  cell: ({ code }) => (
                    <Group gap={4} wrap="nowrap">
                      <Button size="compact-sm" variant="default" onClick={() => setShown(code)}>
                        {text('链接', 'Link')}
                      </Button>
                      {state === 'valid' && (
                        <Button
                          size="compact-sm"
                          variant="subtle"
                          color="red"
                          onClick={() => revoke.mutate(code)}
                        >
                          {text('撤销', 'Revoke')}
                        </Button>
                      )}
                    </Group>
                  ),
                },
              ]}
            />
            <Pages page={page} limit={LIMIT} total={total} onPage={setPage} />
          </div>
        )}
      </Loaded>
      <Modal
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={text('邀请链接', 'Invite link')}
        closeButtonProps={{ 'aria-label': text('关闭', 'Close') }}
      >
        {shown !== null && <InviteLink code={shown} />}
      </Modal>
    </Stack>
  );
}

function InviteLink({ code }: { readonly code: string }) {
  const text = useText();
  const link = linkOf(code);
  return (
    <Stack align="center">
      <QrCode content={link} label={text('邀请链接的二维码', 'QR code of the invite link')} />
      <Words className="mono breakable" ta="center">
        {link}
      </Words>
      <CopyButton value={link}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy}>
            {copied ? text('已复制', 'Copied') : text('复制链接', 'Copy the link')}
          </Button>
        )}
      </CopyButton>
    </Stack>
  );
}

function Issue() {
  const text = useText();
  const client = useClient();
  const queries = useQueryClient();
  const [count, setCount] = useState<number | string>(1);
  const [maxUses, setMaxUses] = useState<number | string>(1);
  const [days, setDays] = useState<number | string>(7);
  const [note, setNote] = useState('');
  const [approval, setApproval] = useState(false);
  const issue = useMutation({
    mutationFn: () =>
      client.inviteCodes.issue({
        count: Number(count),
        maxUses: Number(maxUses),
        approval,
        ...(days === '' ? {} : { expired: Date.now() + Number(days) * DAY_MS }),
        ...(note.trim() ? { note: note.trim() } : {}),
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['codes'] }),
  });
  return (
    <Card withBorder>
      <Form onSubmit={() => issue.mutate()}>
        <Group align="flex-end" gap="sm">
          <NumberInput
            label={text('数量', 'How many')}
            w={100}
            min={1}
            max={1024}
            required
            withAsterisk={false}
            value={count}
            onChange={setCount}
          />
          <NumberInput
            label={text('每个可用次数', 'Uses of each')}
            w={120}
            min={1}
            required
            withAsterisk={false}
            value={maxUses}
            onChange={setMaxUses}
          />
          <NumberInput
            label={text('有效天数（空：不过期）', 'Days valid (empty: no end)')}
            w={190}
            min={1}
            value={days}
            onChange={setDays}
          />
          <TextInput
            label={text('备注', 'Note')}
            flex="1 1 10rem"
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <Switch
            mb={8}
            label={text('需批准', 'With approval')}
            checked={approval}
            onChange={(event) => setApproval(event.currentTarget.checked)}
          />
          <Button type="submit" loading={issue.isPending}>
            {text('生成', 'Issue')}
          </Button>
        </Group>
      </Form>
      {issue.error && <Problem error={issue.error} />}
      {issue.data && (
        <Stack mt="md" gap="xs" role="status">
          <Group justify="space-between">
            <Words fw={600}>
              {text(`已生成 ${issue.data.length} 个`, `${issue.data.length} issued`)}
            </Words>
            <CopyButton value={issue.data.map(linkOf).join('\n')}>
              {({ copied, copy }) => (
                <Button size="xs" variant="default" onClick={copy}>
                  {copied ? text('已复制', 'Copied') : text('复制全部链接', 'Copy all links')}
                </Button>
              )}
            </CopyButton>
          </Group>
          <div
            className="log"
            tabIndex={0}
            aria-label={text('邀请链接', 'Invite links')}
            role="region"
          >
            {issue.data.map((code) => (
              <div key={code}>{linkOf(code)}</div>
            ))}
          </div>
        </Stack>
      )}
    </Card>
  );
}
