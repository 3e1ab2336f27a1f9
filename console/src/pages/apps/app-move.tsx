import { Alert, Button, NativeSelect, Text as Words } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useText, type Text } from '../../app/language';
import { useSwarmNodes } from '../../app/nodes';
import { useClient } from '../../app/session';
import { Confirm } from '../../ui/confirm';
import { Loaded } from '../../ui/problem';

type Plan = Schema<'MovePlanDto'>;

/** To another node of the Swarm; nothing where there is none. */
export function AppMove({ appName }: { readonly appName: string }) {
  const text = useText();
  const nodes = useSwarmNodes();
  const [asked, setAsked] = useState(false);
  if (nodes.length < 2) return null;
  return (
    <>
      <Button variant="default" onClick={() => setAsked(true)}>
        {text('移动', 'Move')}
      </Button>
      {asked && <Move appName={appName} onClose={() => setAsked(false)} />}
    </>
  );
}

/** Asks for the node, and for the repository by which data go. */
function Move({ appName, onClose }: { readonly appName: string; onClose(): void }) {
  const text = useText();
  const client = useClient();
  const queries = useQueryClient();
  const [node, setNode] = useState<string>();
  const [repository, setRepository] = useState<string>();
  const plan = useQuery({
    queryKey: ['app', appName, 'move-plan'],
    queryFn: ({ signal }) => client.apps.movePlan(appName, { signal }),
    retry: false,
    staleTime: 0,
  });
  const to = node ?? plan.data?.nodes[0]?.id;
  const by = repository ?? plan.data?.repositories[0];
  const obstacle = plan.data && obstacleOf(plan.data, text);
  const move = useMutation({
    mutationFn: () =>
      client.call('moveApp', {
        path: { appName },
        body: { node: to ?? '', ...(by === undefined ? {} : { repository: by }) },
      }),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: ['app', appName] });
    },
  });
  return (
    <Confirm
      opened
      title={text('移到其他节点？', 'Move this app to another node?')}
      action={text('移动', 'Move')}
      busy={move.isPending}
      disabled={!plan.data || obstacle !== null}
      error={move.error}
      onConfirm={() => move.mutate()}
      onClose={onClose}
    >
      <Loaded query={plan}>
        {({ hasData, nodes, repositories }) => (
          <>
            {nodes.length > 0 && (
              <NativeSelect
                label={text('节点', 'Node')}
                value={to}
                onChange={(event) => setNode(event.currentTarget.value)}
                data={nodes.map(({ id, name }) => ({ value: id, label: name }))}
              />
            )}
            {repositories.length > 0 && (
              <NativeSelect
                label={text('备份仓库', 'Backup repository')}
                description={text('数据经由此仓库到达新节点', 'The way that the data take')}
                value={by}
                onChange={(event) => setRepository(event.currentTarget.value)}
                data={[...repositories]}
              />
            )}
            {obstacle && (
              <Alert color="yellow" variant="light">
                {obstacle}
              </Alert>
            )}
            <Words size="sm">
              {hasData
                ? text(
                    '这个应用有数据：它会被停止，保存到备份仓库并校验，再在新节点上恢复。版本和端口不变。在新节点上无法启动时，会回到原处，数据不变。',
                    'This app has data: it is stopped, saved to the backup repository, verified, and restored on the other node. Version and ports stay. Where it does not come up there, it returns to where it was, with its data untouched.',
                  )
                : text(
                    '版本和端口不变。移动期间应用会短暂停止；在新节点上无法启动时，会恢复到原处。',
                    'Version and ports stay. It stops for a moment; where it does not come up there, it runs again where it was.',
                  )}
            </Words>
          </>
        )}
      </Loaded>
    </Confirm>
  );
}

function obstacleOf({ hasData, nodes, repositories }: Plan, text: Text): string | null {
  if (nodes.length === 0)
    return hasData
      ? text(
          '没有可用的目标：有数据的应用只能移到另一个运行本系统服务器的管理节点。',
          'There is no node to go to: an app with data moves to another manager on which the server runs.',
        )
      : text('没有其他可用的节点。', 'No other node takes apps now.');
  if (hasData && repositories.length === 0)
    return text(
      '移动数据需要所有节点都能访问的备份仓库（SFTP、S3 或 REST），见 BACKUP_REPOSITORIES。',
      'Data take a backup repository that all nodes reach (SFTP, S3 or REST): see BACKUP_REPOSITORIES.',
    );
  return null;
}
