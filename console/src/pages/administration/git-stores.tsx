import { Badge, Button, Card, Group, Stack, Text, TextInput } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLanguage } from '../../app/language';
import { useClient } from '../../app/session';
import { Confirm } from '../../ui/confirm';
import { DataTable } from '../../ui/data-table';
import { Form } from '../../ui/form';
import { formatTime } from '../../ui/format';
import { fieldProblems, Loaded } from '../../ui/problem';
import { useChange } from '../../ui/use-change';

type GitStore = Schema<'GitStoreDto'>;

const POLL_MS = 1_000;
/** Digits of a commit that people read. */
const SHORT = 12;

/** Git repositories as stores of apps: the commit in use, and what a newer one would change. */
export function GitStores() {
  const { text } = useLanguage();
  const client = useClient();
  const [asked, setAsked] = useState<{ store: GitStore; what: 'take' | 'remove' } | null>(null);
  const stores = useQuery({
    queryKey: ['stores'],
    queryFn: ({ signal }) => client.stores.list({ signal }),
    refetchInterval: ({ state }) => (state.data?.some(({ busy }) => busy) ? POLL_MS : false),
  });
  const check = useChange(
    ['stores'],
    (name: string) => client.stores.check(name),
    () => text('正在检查更新', 'Looking for a newer commit'),
  );
  const change = useChange(
    ['stores'],
    async () => {
      if (asked?.what === 'remove') await client.stores.remove(asked.store.name);
      else if (asked?.store.update)
        await client.stores.update(asked.store.name, asked.store.update.commit);
    },
    () => text('已完成', 'Done'),
    () => setAsked(null),
  );
  return (
    <Stack>
      <AddStore />
      <Loaded query={stores}>
        {(rows) => (
          <DataTable<GitStore>
            label={text('git 应用源', 'Git stores')}
            rows={rows}
            rowKey={({ name }) => name}
            empty={text('没有 git 应用源。', 'There is no git store.')}
            columns={[
              { title: text('应用源', 'Store'), cell: (store) => <Name store={store} /> },
              { title: text('提交', 'Commit'), cell: (store) => <Commit store={store} /> },
              { title: text('变化', 'Changes'), cell: (store) => <Changes store={store} /> },
              {
                title: text('操作', 'Actions'),
                narrow: true,
                cell: (store) => (
                  <Group gap="xs" wrap="nowrap">
                    {store.update && (
                      <Button size="compact-sm" onClick={() => setAsked({ store, what: 'take' })}>
                        {text('采用', 'Take')}
                      </Button>
                    )}
                    <Button
                      size="compact-sm"
                      variant="default"
                      loading={store.busy}
                      onClick={() => check.mutate(store.name)}
                    >
                      {text('检查更新', 'Check')}
                    </Button>
                    {!store.inSettings && (
                      <Button
                        size="compact-sm"
                        variant="default"
                        onClick={() => setAsked({ store, what: 'remove' })}
                      >
                        {text('移除', 'Remove')}
                      </Button>
                    )}
                  </Group>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      <Confirm
        title={
          asked?.what === 'remove'
            ? text('移除应用源', 'Remove the store')
            : text('采用新提交', 'Take the newer commit')
        }
        action={asked?.what === 'remove' ? text('移除', 'Remove') : text('采用', 'Take')}
        danger={asked?.what === 'remove'}
        opened={asked !== null}
        busy={change.isPending}
        error={change.error}
        onConfirm={() => change.mutate()}
        onClose={() => setAsked(null)}
      >
        {asked && <Text fw={500}>{asked.store.name}</Text>}
        {asked?.what === 'take' && <Changes store={asked.store} all />}
        <Text size="sm">{text('已安装的应用保持不变。', 'Installed apps stay as they are.')}</Text>
      </Confirm>
    </Stack>
  );
}

function AddStore() {
  const { text } = useLanguage();
  const client = useClient();
  const [url, setUrl] = useState('');
  const [ref, setRef] = useState('');
  const [folder, setFolder] = useState('');
  const add = useChange(
    ['stores'],
    () => client.stores.add({ url: url.trim(), ref: ref.trim(), folder: folder.trim() }),
    () => text('已添加，正在下载', 'Added; it is being fetched'),
    () => setUrl(''),
  );
  const problems = fieldProblems(add.error);
  return (
    <Card withBorder>
      <Form onSubmit={() => add.mutate()}>
        <Group align="flex-end" gap="sm">
          <TextInput
            label={text('git 地址', 'Git address')}
            placeholder="https://github.com/owner/repository.git"
            flex="1 1 18rem"
            required
            withAsterisk={false}
            value={url}
            error={problems['url']}
            onChange={(event) => setUrl(event.currentTarget.value)}
          />
          <TextInput
            label={text('分支、标签或提交', 'Branch, tag or commit')}
            value={ref}
            error={problems['ref']}
            onChange={(event) => setRef(event.currentTarget.value)}
          />
          <TextInput
            label={text('文件夹', 'Folder')}
            value={folder}
            error={problems['folder']}
            onChange={(event) => setFolder(event.currentTarget.value)}
          />
          <Button type="submit" loading={add.isPending}>
            {text('添加', 'Add')}
          </Button>
        </Group>
      </Form>
      <Text size="sm" c="dimmed" mt="xs">
        {text(
          '添加的应用源不受信任：其应用受策略约束。',
          'A store that is added is not trusted: the policy binds its apps.',
        )}
      </Text>
    </Card>
  );
}

function Name({ store }: { readonly store: GitStore }) {
  const { text } = useLanguage();
  const { name, url, ref, folder, trusted, failure } = store;
  return (
    <>
      <Text fw={500} size="sm">
        {name}{' '}
        {trusted && (
          <Badge color="orange" variant="light" tt="none" size="sm">
            {text('受信任', 'trusted')}
          </Badge>
        )}
      </Text>
      <Text size="xs" className="mono">
        {[url, ref, folder].filter(Boolean).join(' ')}
      </Text>
      {failure !== null && (
        <Text size="sm" c="red" role="alert">
          {failure}
        </Text>
      )}
    </>
  );
}

function Commit({ store: { commit, takenAt } }: { readonly store: GitStore }) {
  const { language } = useLanguage();
  if (commit === null) return '–';
  return (
    <>
      <span className="mono">{commit.slice(0, SHORT)}</span>
      <Text size="xs" c="dimmed">
        {takenAt !== null && formatTime(takenAt, language)}
      </Text>
    </>
  );
}

/** How many apps a newer commit changes; `all`: by name. */
function Changes({
  store: { update },
  all = false,
}: {
  readonly store: GitStore;
  readonly all?: boolean;
}) {
  const { text } = useLanguage();
  if (update === null) return '–';
  const kinds = [
    [text('增加', 'added'), update.added],
    [text('移除', 'removed'), update.removed],
    [text('更改', 'changed'), update.changed],
  ] as const;
  return kinds.map(([title, names]) => (
    <Text key={title} size="sm">
      {title} {names.length}
      {all && names.length > 0 && `: ${names.join(', ')}`}
    </Text>
  ));
}
