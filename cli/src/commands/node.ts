import type { Schema } from '@stackscape/client';
import type { Command } from 'commander';
import type { CommandFactory, Context } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { bytes } from '../terminal/figures.js';
import { confirm } from '../terminal/prompt.js';
import type { Terminal } from '../terminal/terminal.js';
import { harmless } from '../terminal/width.js';

type Node = Schema<'NodeDto'>;

/** The machines that apps run on. */
export function addNodeCommands(program: Command, make: CommandFactory): void {
  const node = program
    .command('node')
    .description(make.text('运行应用的节点（Swarm）', 'machines that apps run on (Swarm)'));

  node
    .command('ls')
    .description(make.text('列出节点', 'the nodes'))
    .action(
      make.run(async ({ client, terminal }) => {
        const nodes = await client.nodes.list();
        terminal.result(nodes, () =>
          terminal.table(
            [
              { title: terminal.text('节点', 'node') },
              { title: terminal.text('角色', 'role') },
              { title: terminal.text('状态', 'state') },
              { title: terminal.text('可用性', 'availability') },
              { title: terminal.text('核', 'cores'), align: 'right' },
              { title: terminal.text('内存', 'memory'), align: 'right' },
              { title: terminal.text('应用', 'apps') },
            ],
            nodes.map((one) => [
              harmless(one.name) + (one.home ? ' *' : ''),
              one.role,
              one.state,
              one.availability,
              String(one.cpus),
              bytes(one.memoryBytes),
              appsOf(one),
            ]),
          ),
        );
      }),
    );

  node
    .command('show <node>')
    .description(make.text('显示一个节点', 'one node, by name or id'))
    .action(
      make.run(async ({ client, terminal }, _options: object, name = '') => {
        show(terminal, await client.nodes.get(name));
      }),
    );

  node
    .command('drain <node>')
    .description(
      make.text(
        '排空节点：其上有数据的应用会停止',
        'have it run nothing; apps with data on it stop',
      ),
    )
    .option('-y, --yes', make.text('不再询问', 'do not ask'))
    .action(
      make.run<{ yes?: boolean }>(async (context, options, name = '') => {
        const { client, terminal } = context;
        const found = await client.nodes.get(name);
        const stopping = found.apps.filter(({ pinned }) => pinned).map(({ appName }) => appName);
        if (!(await confirm(terminal, question(context, found, stopping), options.yes))) return;
        show(terminal, await client.nodes.drain(found.id));
      }),
    );

  node
    .command('activate <node>')
    .description(make.text('启用节点', 'let it run apps again'))
    .action(
      make.run(async ({ client, terminal }, _options: object, name = '') => {
        show(terminal, await client.nodes.activate(name));
      }),
    );

  node
    .command('label <node> <labels...>')
    .description(
      make.text(
        '设置标签：`zone=b` 添加或修改，`zone-` 移除',
        'labels: `zone=b` sets one, `zone-` removes it',
      ),
    )
    .action(
      make.run(async (context, _options: object, name = '', ...changes: string[]) => {
        const { id, labels } = await context.client.nodes.get(name);
        const changed = withChanges(context, labels, changes);
        show(context.terminal, await context.client.nodes.setLabels(id, changed));
      }),
    );
}

function question(context: Context, { name }: Node, stopping: readonly string[]): string {
  const node = harmless(name);
  if (stopping.length === 0) return context.text(`排空节点 ${node}？`, `Drain the node ${node}?`);
  const apps = stopping.join(', ');
  return context.text(
    `排空节点 ${node}？以下应用会停止，直到节点启用：${apps}`,
    `Drain the node ${node}? These apps stop until it is activated: ${apps}`,
  );
}

/** @throws UsageError */
function withChanges(
  context: Context,
  labels: Readonly<Record<string, string>>,
  changes: readonly string[],
): Record<string, string> {
  const changed = new Map(Object.entries(labels));
  for (const change of changes) {
    const [, name = '', value, removed] = /^([^=]+?)(?:=(.*)|(-))$/s.exec(change) ?? [];
    if (value !== undefined) changed.set(name, value);
    else if (removed) changed.delete(name);
    else throw new UsageError(context.text(`标签须写作 zone=b 或 zone-，而不是 ${change}`, `a label is zone=b or zone-, not ${change}`)); // prettier-ignore
  }
  return Object.fromEntries(changed);
}

function appsOf({ apps }: Node): string {
  return apps.map(({ appName, pinned }) => (pinned ? `${appName}*` : appName)).join(' ');
}

function show(terminal: Terminal, node: Node): void {
  const text = (zh: string, en: string): string => terminal.text(zh, en);
  terminal.result(node, () =>
    terminal.fields([
      [text('节点', 'node'), `${harmless(node.name)} (${node.id})`],
      [text('角色', 'role'), `${node.role}${node.leader ? text('，领导者', ', leader') : ''}`],
      [text('状态', 'state'), `${node.state} ${harmless(node.message)}`.trim()],
      [text('可用性', 'availability'), node.availability],
      [text('地址', 'address'), node.address ?? ''],
      ['Docker', `${node.engineVersion} ${node.os}/${node.architecture}`],
      [
        text('资源', 'resources'),
        `${node.cpus} ${text('核', 'cores')}, ${bytes(node.memoryBytes)}`,
      ],
      [text('标签', 'labels'), harmless(Object.entries(node.labels).map(([name, value]) => `${name}=${value}`).join(' '))], // prettier-ignore
      [text('应用', 'apps'), node.apps.map(({ appName, ports, pinned }) => `${appName}${pinned ? '*' : ''}${ports.length > 0 ? `:${ports.join(',')}` : ''}`).join(' ')], // prettier-ignore
    ]),
  );
}
