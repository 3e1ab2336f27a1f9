import {
  Badge,
  Button,
  Group,
  Menu,
  Modal,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  Switch,
  TextInput,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { Schema } from '@stackscape/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLanguage, useText } from '../../app/language';
import { useClient } from '../../app/session';
import { DataTable } from '../../ui/data-table';
import { Form } from '../../ui/form';
import { formatTime } from '../../ui/format';
import { Pages } from '../../ui/pages';
import { SessionTable } from '../account/session-table';
import { fieldProblems, Loaded, Problem } from '../../ui/problem';
import { useChange } from '../../ui/use-change';

type User = Schema<'UserDto'>;
type UserAction = 'password' | 'quota' | 'sessions';
const LIMIT = 20;

export function Users() {
  const { text, language } = useLanguage();
  const client = useClient();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 200);
  const [status, setStatus] = useState<string>('');
  const [page, setPage] = useState(1);
  const [asked, setAsked] = useState<'add' | { action: UserAction; user: User } | null>(null);
  const users = useQuery({
    queryKey: ['users', search, status, page],
    queryFn: ({ signal }) =>
      client.users.list(
        {
          page,
          limit: LIMIT,
          sort: '-created',
          ...(search ? { search } : {}),
          ...(status === 'pending'
            ? { pending: true }
            : status
              ? { status: Number(status) as Schema<'UserStatus'> }
              : {}),
        },
        { signal },
      ),
    placeholderData: keepPreviousData,
  });
  const first = (set: () => void): void => {
    set();
    setPage(1);
  };
  const close = (): void => setAsked(null);
  return (
    <>
      <Group mb="md" gap="sm">
        <TextInput
          type="search"
          flex="1 1 12rem"
          aria-label={text('搜索用户', 'Search users')}
          placeholder={text('搜索用户名', 'Search by name')}
          value={typed}
          onChange={(event) => first(() => setTyped(event.currentTarget.value))}
        />
        <Select
          w={190}
          aria-label={text('状态', 'Status')}
          allowDeselect={false}
          value={status}
          onChange={(value) => first(() => setStatus(value ?? ''))}
          data={[
            { value: '', label: text('全部状态', 'Any status') },
            { value: 'pending', label: text('待批准', 'Awaiting approval') },
            { value: '0', label: text('正常', 'Normal') },
            { value: '1', label: text('已封禁', 'Banned') },
            { value: '3', label: text('禁止计算', 'Banned from computing') },
            { value: '2', label: text('已注销', 'Deregistered') },
          ]}
        />
        <Button onClick={() => setAsked('add')}>{text('添加用户', 'Add a user')}</Button>
      </Group>
      <Loaded query={users}>
        {({ items, total }) => (
          <>
            <DataTable
              label={text('用户', 'Users')}
              rows={items}
              rowKey={({ uid }) => uid}
              empty={text('没有符合的用户。', 'No user matches.')}
              columns={[
                { title: text('用户名', 'Name'), cell: ({ user_name }) => user_name },
                { title: text('状态', 'Status'), cell: (user) => <UserBadges user={user} /> },
                {
                  title: text('每日配额', 'Daily quota'),
                  cell: ({ quota }) => quota ?? text('默认', 'default'),
                },
                {
                  title: text('最近登录', 'Last sign-in'),
                  cell: ({ last_login }) => formatTime(last_login, language),
                },
                {
                  title: text('操作', 'Actions'),
                  narrow: true,
                  cell: (user) => (
                    <UserMenu user={user} onAsk={(action) => setAsked({ action, user })} />
                  ),
                },
              ]}
            />
            <Pages page={page} limit={LIMIT} total={total} onPage={setPage} />
          </>
        )}
      </Loaded>
      {asked === 'add' && <AddUser onClose={close} />}
      {asked && asked !== 'add' && asked.action === 'password' && (
        <SetPassword user={asked.user} onClose={close} />
      )}
      {asked && asked !== 'add' && asked.action === 'quota' && (
        <SetQuota user={asked.user} onClose={close} />
      )}
      {asked && asked !== 'add' && asked.action === 'sessions' && (
        <UserSessions user={asked.user} onClose={close} />
      )}
    </>
  );
}

function UserBadges({ user }: { readonly user: User }) {
  const text = useText();
  return (
    <Group gap={4}>
      {user.role === 1 && <Badge tt="none">{text('管理员', 'Administrator')}</Badge>}
      {user.pending && (
        <Badge color="orange" variant="light" tt="none">
          {text('待批准', 'Awaiting approval')}
        </Badge>
      )}
      {user.status === 0 && !user.pending && (
        <Badge color="teal" variant="light" tt="none">
          {text('正常', 'Normal')}
        </Badge>
      )}
      {user.status === 1 && (
        <Badge color="red" variant="light" tt="none">
          {text('已封禁', 'Banned')}
        </Badge>
      )}
      {user.status === 2 && (
        <Badge color="gray" variant="light" tt="none">
          {text('已注销', 'Deregistered')}
        </Badge>
      )}
      {user.status === 3 && (
        <Badge color="orange" variant="light" tt="none">
          {text('禁止计算', 'No computing')}
        </Badge>
      )}
    </Group>
  );
}

function UserMenu({ user, onAsk }: { readonly user: User; onAsk(action: UserAction): void }) {
  const text = useText();
  const client = useClient();
  const { uid, user_name: name } = user;
  const changed = (): string => text(`已更新 ${name}`, `${name} is changed`);
  const setStatus = useChange(
    ['users'],
    (status: Schema<'UserStatus'>) => client.users.setStatus(uid, status),
    changed,
  );
  const setRole = useChange(
    ['users'],
    (role: Schema<'UserRole'>) => client.users.setRole(uid, role),
    changed,
  );
  const approve = useChange(['users'], () => client.users.approve(uid), changed);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="default"
          aria-label={text(`${name} 的操作`, `Actions for ${name}`)}
        >
          …
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {user.pending && (
          <Menu.Item onClick={() => approve.mutate()}>{text('批准', 'Approve')}</Menu.Item>
        )}
        {user.status !== 0 && (
          <Menu.Item onClick={() => setStatus.mutate(0)}>
            {text('恢复正常', 'Set to normal')}
          </Menu.Item>
        )}
        {user.status !== 1 && (
          <Menu.Item color="red" onClick={() => setStatus.mutate(1)}>
            {text('封禁', 'Ban')}
          </Menu.Item>
        )}
        {user.status !== 3 && (
          <Menu.Item onClick={() => setStatus.mutate(3)}>
            {text('禁止计算', 'Ban from computing')}
          </Menu.Item>
        )}
        {user.status !== 2 && (
          <Menu.Item color="red" onClick={() => setStatus.mutate(2)}>
            {text('注销', 'Deregister')}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item onClick={() => setRole.mutate(user.role === 1 ? 0 : 1)}>
          {user.role === 1
            ? text('改为普通用户', 'Make an ordinary user')
            : text('设为管理员', 'Make an administrator')}
        </Menu.Item>
        <Menu.Item onClick={() => onAsk('sessions')}>{text('会话', 'Sessions')}</Menu.Item>
        <Menu.Item onClick={() => onAsk('quota')}>{text('每日配额', 'Daily quota')}</Menu.Item>
        <Menu.Item onClick={() => onAsk('password')}>
          {text('重设密码', 'Set a new password')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function UserSessions({ user, onClose }: { readonly user: User; onClose(): void }) {
  const text = useText();
  const client = useClient();
  const { uid, user_name: name } = user;
  return (
    <Modal
      opened
      size="xl"
      onClose={onClose}
      title={text(`${name} 的会话`, `Sessions of ${name}`)}
      closeButtonProps={{ 'aria-label': text('关闭', 'Close') }}
    >
      <SessionTable
        queryKey={['sessions', uid]}
        list={(options) => client.users.sessions(uid, options)}
        end={(sid) => client.users.endSession(uid, sid)}
      />
    </Modal>
  );
}

function AddUser({ onClose }: { onClose(): void }) {
  const text = useText();
  const client = useClient();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [admin, setAdmin] = useState(false);
  const add = useChange(
    ['users'],
    () => client.users.add(name.trim(), password, admin ? 1 : 0),
    () => text(`已添加 ${name}`, `${name} is added`),
    onClose,
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={text('添加用户', 'Add a user')}
      closeButtonProps={{ 'aria-label': text('关闭', 'Close') }}
    >
      <Form onSubmit={() => add.mutate()}>
        <Stack>
          <TextInput
            label={text('用户名', 'User name')}
            required
            value={name}
            error={fieldProblems(add.error)['user_name']}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <PasswordInput
            label={text('密码', 'Password')}
            autoComplete="new-password"
            required
            minLength={8}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Switch
            label={text('管理员', 'Administrator')}
            checked={admin}
            onChange={(event) => setAdmin(event.currentTarget.checked)}
          />
          {add.error && <Problem error={add.error} />}
          <Button type="submit" loading={add.isPending}>
            {text('添加', 'Add')}
          </Button>
        </Stack>
      </Form>
    </Modal>
  );
}

function SetPassword({ user, onClose }: { readonly user: User; onClose(): void }) {
  const text = useText();
  const client = useClient();
  const [password, setPassword] = useState('');
  const change = useChange(
    ['users'],
    () => client.users.setPassword(user.uid, password),
    () => text('密码已重设，其会话已结束。', 'The password is set; their sessions have ended.'),
    onClose,
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={text(`重设 ${user.user_name} 的密码`, `A new password for ${user.user_name}`)}
      closeButtonProps={{ 'aria-label': text('关闭', 'Close') }}
    >
      <Form onSubmit={() => change.mutate()}>
        <Stack>
          <PasswordInput
            label={text('新密码', 'New password')}
            autoComplete="new-password"
            required
            minLength={8}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {change.error && <Problem error={change.error} />}
          <Button type="submit" loading={change.isPending}>
            {text('重设', 'Set it')}
          </Button>
        </Stack>
      </Form>
    </Modal>
  );
}

function SetQuota({ user, onClose }: { readonly user: User; onClose(): void }) {
  const text = useText();
  const client = useClient();
  const [quota, setQuota] = useState<number | string>(user.quota ?? '');
  const change = useChange(
    ['users'],
    () => client.users.setQuota(user.uid, quota === '' ? null : Number(quota)),
    () => text('配额已更新', 'The quota is changed'),
    onClose,
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={text(`${user.user_name} 的每日配额`, `Daily quota of ${user.user_name}`)}
      closeButtonProps={{ 'aria-label': text('关闭', 'Close') }}
    >
      <Form onSubmit={() => change.mutate()}>
        <Stack>
          <NumberInput
            label={text('每天的计算次数', 'Computations a day')}
            description={text('留空使用默认值。', 'Empty: the default of this server.')}
            min={0}
            allowDecimal={false}
            value={quota}
            onChange={setQuota}
          />
          {change.error && <Problem error={change.error} />}
          <Button type="submit" loading={change.isPending}>
            {text('保存', 'Save')}
          </Button>
        </Stack>
      </Form>
    </Modal>
  );
}
