import type { Schema } from '@stackscape/client';
import type { Command } from 'commander';
import type { CommandFactory } from '../context.js';
import { bytes } from '../terminal/figures.js';
import type { Terminal } from '../terminal/terminal.js';
import { harmless } from '../terminal/width.js';

/** State and risks of the machine. */
export function addServerCommands(program: Command, make: CommandFactory): void {
  const server = program.command('server').description(make.text('服务器', 'the machine'));

  server
    .command('status')
    .description(make.text('处理器、内存、磁盘、Docker', 'processor, memory, disks, Docker'))
    .option('--node <name>', nodeText(make))
    .action(
      make.run<{ node?: string }>(async ({ client, terminal }, { node }) => {
        const state = await client.server.state({ node });
        terminal.result(state, () => showState(terminal, state));
      }),
    );

  server
    .command('risks')
    .description(make.text('风险及处理办法', 'risks, and how to mend them'))
    .option('--scan', make.text('立即检查（管理员）', 'look now (administrators)'))
    .option('--node <name>', nodeText(make))
    .action(
      make.run<{ scan?: boolean; node?: string }>(async ({ client, terminal }, { scan, node }) => {
        const risks = await (scan
          ? client.server.scanRisks({ node })
          : client.server.risks({ node }));
        terminal.result(risks, () => {
          for (const risk of risks) {
            const style =
              risk.severity === 'high' ? 'red' : risk.severity === 'medium' ? 'yellow' : 'dim';
            const done = risk.acknowledged ? terminal.text('（已确认）', ' (acknowledged)') : '';
            terminal.line(
              `${terminal.style(style, risk.severity)} ${risk.code} ${harmless(risk.subject)}${done}`,
            );
            terminal.line(`    ${harmless(risk.evidence)}`);
            terminal.line(`    ${terminal.style('dim', harmless(risk.remedy))}`);
          }
          if (risks.length === 0) terminal.line(terminal.text('没有发现风险', 'no risks found'));
        });
      }),
    );

  server
    .command('watch')
    .description(make.text('实时数据，直到 Ctrl-C', 'live figures, until Ctrl-C'))
    .action(
      make.run(async (context) => {
        const { client, terminal } = context;
        for await (const state of client.server.events({ signal: context.untilInterrupted() }))
          terminal.event(state, () =>
            terminal.line(
              `${state.sampledAt}  CPU ${state.cpu.padStart(4)}  ${terminal.text('内存', 'memory')} ${state.memory.padStart(4)}  ${terminal.text('磁盘', 'disk')} ${state.hdd.padStart(4)}  ${terminal.text('负载', 'load')} ${state.load.map((l) => l.toFixed(2)).join(' ')}`,
            ),
          );
      }),
    );
}

function nodeText(make: CommandFactory): string {
  return make.text(
    'Swarm 的一个节点（名称或编号）',
    'a node of the Swarm, by name or id, instead of the manager',
  );
}

function showState(terminal: Terminal, state: Schema<'ServerStateDto'>): void {
  const { memoryDetails: memory, docker } = state;
  terminal.fields([
    [terminal.text('节点', 'node'), state.node?.name ?? '–'],
    ['CPU', `${state.cpu} (${state.cores} ${terminal.text('核', 'cores')})`],
    [
      terminal.text('内存', 'memory'),
      memory
        ? `${state.memory} (${bytes(memory.usedBytes)} / ${bytes(memory.totalBytes)})`
        : state.memory,
    ],
    [terminal.text('磁盘', 'disk'), state.hdd],
    [terminal.text('负载', 'load'), state.load.map((l) => l.toFixed(2)).join(' ')],
    [
      'Docker',
      `${docker.state} ${docker.version ?? ''} ${docker.running ?? '–'}/${docker.containers ?? '–'}`,
    ],
    [terminal.text('风险', 'risks'), state.risk],
  ]);
  terminal.table(
    [
      { title: terminal.text('挂载点', 'mount') },
      { title: terminal.text('大小', 'size'), align: 'right' },
      { title: terminal.text('已用', 'used'), align: 'right' },
      { title: '%', align: 'right' },
    ],
    state.disks.map((disk) => [
      disk.mount,
      bytes(disk.sizeBytes),
      bytes(disk.usedBytes),
      disk.usedPercent?.toFixed(0),
    ]),
  );
}
