import { Button, Checkbox, Group, List } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useClient, useIsAdmin } from '../../app/session';
import { Confirm } from '../../ui/confirm';
import { formatBytes } from '../../ui/format';
import { useNotices } from '../../ui/notices';
import { Loaded } from '../../ui/problem';
import { addressOf } from './app-address';
import { AppMove } from './app-move';
import type { AppInfo } from './app-status';

type Details = Schema<'CatalogueAppDetailsDto'>;

/** Open, start, stop, restart, move, uninstall. */
export function AppActions({
  info,
  details,
}: {
  readonly info: AppInfo;
  readonly details: Details | null;
}) {
  const text = useText();
  const client = useClient();
  const isAdmin = useIsAdmin();
  const notices = useNotices();
  const queries = useQueryClient();
  const { appName } = info;
  const [isUninstalling, setUninstalling] = useState(false);
  const run = useMutation({
    mutationFn: async (action: 'start' | 'stop' | 'restart') => client.apps[action](appName),
    onError: (error) => notices.failed(error),
    onSettled: () => queries.invalidateQueries({ queryKey: ['app', appName] }),
  });
  const address = addressOf(info, details);
  const stopped = info.phase === 'stopped';
  const busy = (action: string): boolean => run.isPending && run.variables === action;
  return (
    <Group gap="xs">
      {address && info.status === '1' && (
        <Button component="a" href={address} target="_blank" rel="noreferrer noopener">
          {text('打开', 'Open')}
        </Button>
      )}
      {isAdmin && (
        <>
          <Button
            variant="default"
            loading={busy(stopped ? 'start' : 'stop')}
            disabled={run.isPending}
            onClick={() => run.mutate(stopped ? 'start' : 'stop')}
          >
            {stopped ? text('启动', 'Start') : text('停止', 'Stop')}
          </Button>
          <Button
            variant="default"
            loading={busy('restart')}
            disabled={run.isPending}
            onClick={() => run.mutate('restart')}
          >
            {text('重启', 'Restart')}
          </Button>
          <AppMove appName={appName} />
          <Button variant="subtle" color="red" onClick={() => setUninstalling(true)}>
            {text('卸载', 'Uninstall')}
          </Button>
        </>
      )}
      {isUninstalling && <Uninstall appName={appName} onClose={() => setUninstalling(false)} />}
    </Group>
  );
}

/** Names what goes and what stays before it is done. */
function Uninstall({ appName, onClose }: { readonly appName: string; onClose(): void }) {
  const text = useText();
  const client = useClient();
  const notices = useNotices();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [removeData, setRemoveData] = useState(false);
  const plan = useQuery({
    queryKey: ['app', appName, 'uninstall-plan'],
    queryFn: ({ signal }) => client.apps.uninstallPlan(appName, { signal }),
  });
  const uninstall = useMutation({
    mutationFn: () => client.apps.uninstall(appName, { removeData }),
    onSuccess: async () => {
      notices.done(text(`已卸载 ${appName}`, `${appName} is uninstalled`));
      onClose();
      await navigate({ to: '/apps' });
      queries.removeQueries({ queryKey: ['app', appName] });
      void queries.invalidateQueries({ queryKey: ['apps'] });
    },
  });
  return (
    <Confirm
      opened
      title={text(`卸载 ${appName}？`, `Uninstall ${appName}?`)}
      action={text('卸载', 'Uninstall')}
      danger
      busy={uninstall.isPending}
      error={uninstall.error}
      onConfirm={() => uninstall.mutate()}
      onClose={onClose}
    >
      <Loaded query={plan}>
        {({ containers, networks, configs, secrets, ports, volumes, hasFolder, shared }) => (
          <>
            <List size="sm">
              <List.Item>
                {text('删除容器：', 'Removes containers: ')}
                {containers.join(', ') || '–'}
              </List.Item>
              {networks.length > 0 && (
                <List.Item>
                  {text('删除网络：', 'Removes networks: ')}
                  {networks.join(', ')}
                </List.Item>
              )}
              {configs.length > 0 && (
                <List.Item>
                  {text('删除 Swarm 中的 config：', 'Removes configs of the Swarm: ')}
                  {configs.join(', ')}
                </List.Item>
              )}
              {secrets.length > 0 && (
                <List.Item>
                  {text('删除 Swarm 中的 secret：', 'Removes secrets of the Swarm: ')}
                  {secrets.join(', ')}
                </List.Item>
              )}
              {ports.length > 0 && (
                <List.Item>
                  {text('释放端口：', 'Frees ports: ')}
                  {ports.join(', ')}
                </List.Item>
              )}
              {shared.length > 0 && (
                <List.Item>
                  {text('与其他应用共用，保留：', 'Shared with others, stays: ')}
                  {shared.join(', ')}
                </List.Item>
              )}
            </List>
            <Checkbox
              color="red"
              checked={removeData}
              onChange={(event) => setRemoveData(event.currentTarget.checked)}
              label={text('同时删除数据', 'Also delete its data')}
              description={
                volumes.length === 0 && !hasFolder
                  ? text(
                      '没有数据卷，只有生成的密码。',
                      'It has no volumes, only generated passwords.',
                    )
                  : text(
                      `数据卷：${volumeNames(volumes)}${hasFolder ? '；以及应用文件夹' : ''}。不删除则下次安装继续使用。`,
                      `Volumes: ${volumeNames(volumes)}${hasFolder ? ', and its folder' : ''}. If kept, the next install uses them again.`,
                    )
              }
            />
          </>
        )}
      </Loaded>
    </Confirm>
  );
}

function volumeNames(volumes: readonly Schema<'PlannedVolumeDto'>[]): string {
  return (
    volumes
      .map(({ name, size }) => (size === null ? name : `${name} (${formatBytes(size)})`))
      .join(', ') || '–'
  );
}
