import { Anchor, Badge, Button, Group, List, Stack, Text as Words } from '@mantine/core';
import type { Schema } from '@stackscape/client';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useText } from '../../app/language';
import { useClient } from '../../app/session';
import { Confirm } from '../../ui/confirm';
import { DataTable } from '../../ui/data-table';
import { formatBytes } from '../../ui/format';
import { PageHead } from '../../ui/page-head';
import { Loaded } from '../../ui/problem';
import { useChange } from '../../ui/use-change';
import { labelTexts, NodeLabels } from './node-labels';

type Node = Schema<'NodeDto'>;

const REFRESH_MS = 10_000;

/** The machines of the Swarm: what they are, what runs on them, and whether they may run anything. */
export function NodesPage() {
  const text = useText();
  const client = useClient();
  const [drained, setDrained] = useState<Node | null>(null);
  const [labelled, setLabelled] = useState<Node | null>(null);
  const nodes = useQuery({
    queryKey: ['nodes'],
    queryFn: ({ signal }) => client.nodes.list({ signal }),
    refetchInterval: REFRESH_MS,
  });
  const drain = useChange(
    ['nodes'],
    ({ id }: Node) => client.nodes.drain(id),
    ({ name }) => text(`节点 ${name} 正在排空`, `Node ${name} is being drained`),
    () => setDrained(null),
  );
  const activate = useChange(
    ['nodes'],
    ({ id }: Node) => client.nodes.activate(id),
    ({ name }) => text(`节点 ${name} 已启用`, `Node ${name} is active`),
  );
  return (
    <>
      <PageHead title={text('节点', 'Nodes')} />
      <Loaded query={nodes}>
        {(all) => (
          <DataTable<Node>
            label={text('节点', 'Nodes')}
            rows={all}
            rowKey={({ id }) => id}
            empty={text('没有节点。', 'There are no nodes.')}
            columns={[
              { title: text('节点', 'Node'), cell: (node) => <NodeName node={node} /> },
              { title: text('状态', 'State'), cell: (node) => <NodeState node={node} /> },
              {
                title: text('资源', 'Resources'),
                cell: ({ cpus, memoryBytes }) => (
                  <Words size="sm" className="nowrap">
                    {text(`${cpus} 核`, `${cpus} cores`)} · {formatBytes(memoryBytes)}
                  </Words>
                ),
              },
              { title: text('应用', 'Apps'), cell: ({ apps }) => <NodeApps apps={apps} /> },
              {
                title: text('标签', 'Labels'),
                cell: (node) => (
                  <span className="mono breakable">{labelTexts(node).join(' ') || '–'}</span>
                ),
              },
              {
                title: text('操作', 'Actions'),
                narrow: true,
                cell: (node) =>
                  node.role !== 'engine' && (
                    <Group gap="xs" wrap="nowrap">
                      {node.availability === 'active' ? (
                        <Button
                          size="compact-sm"
                          variant="default"
                          onClick={() => {
                            drain.reset();
                            setDrained(node);
                          }}
                        >
                          {text('排空', 'Drain')}
                        </Button>
                      ) : (
                        <Button
                          size="compact-sm"
                          variant="default"
                          loading={activate.isPending}
                          onClick={() => activate.mutate(node)}
                        >
                          {text('启用', 'Activate')}
                        </Button>
                      )}
                      <Button
                        size="compact-sm"
                        variant="default"
                        onClick={() => setLabelled(node)}
                        aria-label={text(`节点 ${node.name} 的标签`, `Labels of ${node.name}`)}
                      >
                        {text('标签', 'Labels')}
                      </Button>
                    </Group>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
      <Confirm
        opened={drained !== null}
        title={text(`排空节点 ${drained?.name ?? ''}？`, `Drain node ${drained?.name ?? ''}?`)}
        action={text('排空', 'Drain')}
        busy={drain.isPending}
        error={drain.error}
        danger
        onConfirm={() => drained && drain.mutate(drained)}
        onClose={() => setDrained(null)}
      >
        <DrainEffect apps={drained?.apps ?? []} />
      </Confirm>
      {labelled && <NodeLabels node={labelled} onClose={() => setLabelled(null)} />}
    </>
  );
}

function NodeName({ node }: { readonly node: Node }) {
  const text = useText();
  const roles = {
    engine: text('引擎', 'engine'),
    manager: text('管理节点', 'manager'),
    worker: text('工作节点', 'worker'),
  };
  return (
    <Stack gap={0}>
      <Words fw={600}>{node.name}</Words>
      <Words size="xs" c="dimmed">
        {roles[node.role]}
        {node.leader && ` · ${text('领导者', 'leader')}`}
        {node.home && ` · ${text('应用数据所在', 'holds the data of the apps')}`}
      </Words>
      <Words size="xs" c="dimmed" className="mono">
        {node.address ?? node.id}
      </Words>
    </Stack>
  );
}

function NodeState({ node: { state, availability, message } }: { readonly node: Node }) {
  const text = useText();
  const states = {
    ready: text('就绪', 'ready'),
    down: text('无应答', 'down'),
    disconnected: text('已断开', 'disconnected'),
    unknown: text('未知', 'unknown'),
  };
  return (
    <Stack gap={2} align="flex-start">
      <Badge color={state === 'ready' ? 'teal' : 'red'} variant="light" tt="none">
        {states[state]}
      </Badge>
      {availability !== 'active' && (
        <Badge color="orange" variant="light" tt="none">
          {availability === 'drain' ? text('已排空', 'drained') : text('不接新任务', 'paused')}
        </Badge>
      )}
      {message && (
        <Words size="xs" c="dimmed">
          {message}
        </Words>
      )}
    </Stack>
  );
}

function NodeApps({ apps }: { readonly apps: Node['apps'] }) {
  const text = useText();
  if (apps.length === 0) return '–';
  return apps.map(({ appName, pinned }, index) => (
    <span key={appName}>
      {index > 0 && ', '}
      <Anchor
        size="sm"
        renderRoot={(props) => <Link to="/apps/$appName" params={{ appName }} {...props} />}
      >
        {appName}
      </Anchor>
      {pinned && (
        <Words span size="xs" c="dimmed">
          {' '}
          {text('只能在此', 'only here')}
        </Words>
      )}
    </span>
  ));
}

function DrainEffect({ apps }: { readonly apps: Node['apps'] }) {
  const text = useText();
  const pinned = apps.filter((app) => app.pinned);
  return (
    <>
      <Words size="sm">
        {text('没有数据的应用会转到其他节点。', 'Apps without data go to other nodes.')}{' '}
        {pinned.length > 0 &&
          text(
            '以下应用只能在此节点运行，会停止到节点启用为止：',
            'These can run on this node only and stop until it is activated:',
          )}
      </Words>
      {pinned.length > 0 && (
        <List size="sm">
          {pinned.map(({ appName }) => (
            <List.Item key={appName}>{appName}</List.Item>
          ))}
        </List>
      )}
    </>
  );
}
