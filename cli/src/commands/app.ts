import { AppJobFailed, type AppEvent, type Schema } from '@stackscape/client';
import { InvalidArgumentError, type Command } from 'commander';
import type { CommandFactory, Context } from '../context.js';
import { JobFailedError } from '../exit-codes.js';
import { addPolicy, addUpdates } from './app-updates.js';
import { wholeNumber } from './whole-number.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import { confirm } from '../terminal/prompt.js';
import { harmless } from '../terminal/width.js';
import { bytes } from '../terminal/figures.js';

interface MoveOptions {
  readonly node: string;
  readonly repository?: string;
  readonly wait: boolean;
}

interface InstallOptions {
  readonly set?: Record<string, string>;
  readonly node?: string;
  readonly instance?: string;
  readonly wait: boolean;
}

/** Apps: what is installed, and all that can be done with it. */
export function addAppCommands(program: Command, make: CommandFactory): void {
  const app = program.command('app').description(make.text('应用', 'apps'));

  app
    .command('ls')
    .description(make.text('已安装的应用', 'what is installed'))
    .action(
      make.run(async ({ client, terminal }) => {
        const apps = await client.apps.list();
        terminal.result(apps, () =>
          terminal.table(
            [
              { title: terminal.text('应用', 'app') },
              { title: terminal.text('名称', 'title') },
              { title: terminal.text('状态', 'status') },
              { title: terminal.text('端口', 'port'), align: 'right' },
              { title: terminal.text('版本', 'version') },
              { title: terminal.text('说明', 'info') },
            ],
            apps.map((a) => [
              a.appName,
              a.title[terminal.options.language],
              statusText(terminal.text.bind(terminal), a),
              a.port,
              a.version,
              a.info,
            ]),
          ),
        );
      }),
    );

  app
    .command('info <app>')
    .description(make.text('应用的状态', 'the state of an app'))
    .action(
      make.run(async ({ client, terminal }, _, name = '') => {
        const info = await client.apps.info(name);
        terminal.result(info, () => {
          terminal.fields([
            [terminal.text('应用', 'app'), info.appName],
            [terminal.text('名称', 'title'), info.title[terminal.options.language]],
            [terminal.text('状态', 'status'), statusText(terminal.text.bind(terminal), info)],
            [terminal.text('说明', 'info'), info.info],
            [terminal.text('容器', 'container'), info.containerName],
            [terminal.text('端口', 'port'), info.port],
            [terminal.text('数据库端口', 'database port'), info.db_port],
            [terminal.text('版本', 'version'), info.version],
          ]);
          for (const line of info.logs) terminal.line(harmless(line));
        });
      }),
    );

  const onNode = [
    '--node <node>',
    make.text('在哪个节点上运行（Swarm）', 'the one node that is to run it (Swarm)'),
  ] as const;

  const asInstance = [
    '--instance <name>',
    make.text(
      '在第一个安装之外再装一个，名为 应用--实例',
      'once more beside the first installation, as app--name',
    ),
  ] as const;

  app
    .command('plan <app>')
    .description(make.text('安装计划，不作任何改动', 'what an install would do; changes nothing'))
    .option(...asInstance)
    .option(...onNode)
    .action(
      make.run<Pick<InstallOptions, 'node' | 'instance'>>(async (context, options, name = '') => {
        const { client, terminal } = context;
        const plan = await client.apps.plan(name, options);
        terminal.result(plan, () => {
          const mark = { ok: '✓', warning: '!', error: '✗' } as const;
          const style = { ok: 'green', warning: 'yellow', error: 'red' } as const;
          for (const { level, message } of plan.checks)
            terminal.line(`${terminal.style(style[level], mark[level])} ${harmless(message)}`);
          terminal.table(
            [
              { title: terminal.text('镜像', 'image') },
              { title: '' },
              { title: terminal.text('大小', 'size'), align: 'right' },
            ],
            plan.images.map((image) => [image.reference, image.action, bytes(image.size)]),
          );
          terminal.table(
            [
              { title: terminal.text('服务', 'service') },
              { title: terminal.text('端口', 'port'), align: 'right' },
              { title: terminal.text('容器内', 'inside'), align: 'right' },
              { title: terminal.text('用途', 'role') },
            ],
            plan.ports.map((port) => [port.service, port.hostPort, port.containerPort, port.role]),
          );
          if (plan.shared.length > 0)
            terminal.line(
              terminal.text(
                `与其他应用共用：${plan.shared.join(' ')}`,
                `shared with other apps: ${plan.shared.join(' ')}`,
              ),
            );
        });
      }),
    );

  const set = [
    '-s, --set <NAME=value>',
    make.text('变量的值，可重复', 'value of a variable; may be repeated'),
    collectVariable,
  ] as const;
  const noWait = ['--no-wait', make.text('不等待结束', 'do not wait for the end')] as const;

  app
    .command('install <app>')
    .description(make.text('安装', 'install it'))
    .option(...set)
    .option(...asInstance)
    .option(...onNode)
    .option(...noWait)
    .action(
      make.run<InstallOptions>(async (context, { set: variables, wait, ...where }, app = '') => {
        const { client, terminal } = context;
        const answer = await client.apps.install(app, {
          ...where,
          ...(variables ? { variables } : {}),
        });
        const name = answer.appName;
        if (wait)
          await showJob(
            context,
            name,
            client.apps.watch(name, answer.info, stopping(context, name)),
          );
        const info = wait ? await client.apps.info(name) : answer;
        terminal.result(info, () =>
          terminal.line(
            wait
              ? terminal.text(
                  `${name} 已启动，端口 ${answer.port}`,
                  `${name} is running at port ${answer.port}`,
                )
              : terminal.text(`已受理，端口 ${answer.port}`, `accepted, port ${answer.port}`),
          ),
        );
      }),
    );

  app
    .command('upgrade <app>')
    .description(
      make.text('升级；失败时恢复旧版本', 'upgrade it; the old version comes back on failure'),
    )
    .option(...set)
    .option(
      '--no-backup',
      make.text('不备份，失败时不还原数据', 'neither save nor return its data'),
    )
    .option(...noWait)
    .action(
      make.run<InstallOptions & { backup: boolean }>(async (context, given, name = '') => {
        const { client, terminal } = context;
        const { set: variables, wait } = given;
        const options = {
          ...stopping(context, name),
          ...(variables ? { variables } : {}),
          ...(given.backup ? {} : { backup: false }),
        };
        const { jobId, backup, events } = await client.apps.upgrade(name, options);
        if (wait) await showJob(context, name, events);
        else await events.return();
        terminal.result(wait ? await client.apps.info(name) : { jobId, backup }, () =>
          terminal.line(
            wait ? terminal.text('已升级', 'upgraded') : terminal.text('已受理', 'accepted'),
          ),
        );
      }),
    );

  app
    .command('move <app>')
    .description(
      make.text(
        '移到 Swarm 的其他节点；失败时留在原处',
        'run it on another node of the Swarm; it stays where it is on failure',
      ),
    )
    .requiredOption('--node <node>', make.text('节点名或编号', 'the node, by name or id'))
    .option(
      '--repository <name>',
      make.text('数据经过的备份仓库', 'the backup repository by which its data go'),
    )
    .option(...noWait)
    .action(
      make.run<MoveOptions>(async (context, { wait, ...where }, name = '') => {
        const { client, terminal } = context;
        const options = { ...stopping(context, name), ...where };
        const { jobId, backup, node: to, events } = await client.apps.move(name, options);
        if (wait) await showJob(context, name, events);
        else await events.return();
        const info = wait ? await client.apps.info(name) : null;
        const does = info?.phase === 'stopped' ? 'is stopped' : 'runs';
        terminal.result(info ?? { jobId, backup, node: to }, () =>
          terminal.line(
            wait
              ? terminal.text(`${name} 已移到 ${to}`, `${name} ${does} on ${to}`)
              : terminal.text('已受理', 'accepted'),
          ),
        );
      }),
    );

  addUpdates(app, make);
  addPolicy(app, make);

  app
    .command('uninstall <app>')
    .description(
      make.text('卸载；默认保留数据', 'uninstall it; its data stay unless --remove-data'),
    )
    .option(
      '--remove-data',
      make.text('同时删除数据卷和密码', 'also remove its volumes and passwords'),
    )
    .option('-y, --yes', make.text('不再询问', 'do not ask'))
    .action(
      make.run<{ removeData?: boolean; yes?: boolean }>(async (context, options, name = '') => {
        const { client, terminal } = context;
        if (!options.yes && !terminal.options.json)
          showUninstallPlan(context, await client.apps.uninstallPlan(name), options.removeData);
        const question = options.removeData
          ? context.text(`卸载 ${name} 并删除数据？`, `Uninstall ${name} and remove its data?`)
          : context.text(`卸载 ${name}？`, `Uninstall ${name}?`);
        if (!(await confirm(terminal, question, options.yes))) return;
        const bar = new ProgressBar(terminal);
        bar.show(null, context.text(`正在卸载 ${name} …`, `uninstalling ${name} …`));
        try {
          await client.apps.uninstall(name, { removeData: options.removeData ?? false });
        } finally {
          bar.end();
        }
        terminal.result({ appName: name, removed: true }, () =>
          terminal.line(context.text(`${name} 已卸载`, `${name} is uninstalled`)),
        );
      }),
    );

  for (const [verb, zh, en] of [
    ['start', '启动', 'start it'],
    ['stop', '停止', 'stop it'],
    ['restart', '重启', 'restart it'],
  ] as const) {
    app
      .command(`${verb} <app>`)
      .description(make.text(zh, en))
      .action(
        make.run(async ({ client, terminal }, _, name = '') => {
          const info = await client.apps[verb](name);
          terminal.result(info, () =>
            terminal.line(`${name}: ${statusText(terminal.text.bind(terminal), info)}`),
          );
        }),
      );
  }

  app
    .command('cancel <app>')
    .description(make.text('取消安装或升级', 'cancel its install or upgrade'))
    .action(
      make.run(async ({ client, terminal }, _, name = '') => {
        const report = await client.apps.cancel(name);
        terminal.result(report, () => terminal.line(report.state));
      }),
    );

  app
    .command('logs <app>')
    .description(make.text('容器日志', 'the log of its containers'))
    .option('-f, --follow', make.text('持续输出', 'go on as lines are written'))
    .option('-n, --tail <lines>', make.text('最后几行', 'so many last lines'), wholeNumber)
    .option('--since <time>', make.text('从此时间起（ISO 8601）', 'from this time on (ISO 8601)'))
    .option('--service <name>', make.text('只看一个服务', 'of one service only'))
    .action(
      make.run<{ follow?: boolean; tail?: number; since?: string; service?: string }>(
        async (context, { follow, ...query }, name = '') => {
          const { client, terminal } = context;
          const print = (line: Schema<'LogLineDto'>): void =>
            terminal.event(line, () =>
              terminal.line(`${terminal.style('dim', `${line.service} |`)} ${harmless(line.text)}`),
            );
          if (!follow) return (await client.apps.logs(name, query)).forEach(print);
          const signal = context.untilInterrupted();
          for await (const line of client.apps.followLogs(name, query, { signal })) print(line);
        },
      ),
    );

  app
    .command('stats <app>')
    .description(make.text('资源占用', 'what its containers use now'))
    .action(
      make.run(async ({ client, terminal }, _, name = '') => {
        const stats = await client.apps.stats(name);
        terminal.result(stats, () =>
          terminal.table(
            [
              { title: terminal.text('服务', 'service') },
              { title: 'CPU', align: 'right' },
              { title: terminal.text('内存', 'memory'), align: 'right' },
              { title: terminal.text('网络收/发', 'net in/out'), align: 'right' },
              { title: terminal.text('磁盘读/写', 'disk r/w'), align: 'right' },
            ],
            stats.map((s) => [
              s.service,
              `${s.cpuPercent.toFixed(1)} %`,
              bytes(s.memory),
              `${bytes(s.networkReceived)} / ${bytes(s.networkSent)}`,
              `${bytes(s.diskRead)} / ${bytes(s.diskWritten)}`,
            ]),
          ),
        );
      }),
    );

  app
    .command('secrets <app>')
    .description(
      make.text('生成的密码（记入审计日志）', 'its generated passwords (the audit log notes it)'),
    )
    .action(
      make.run(async ({ client, terminal }, _, name = '') => {
        const secrets = await client.apps.secrets(name);
        terminal.result(secrets, () => terminal.fields(secrets.map((s) => [s.name, s.value])));
      }),
    );

  app
    .command('events [app]')
    .description(make.text('持续输出事件，直到 Ctrl-C', 'what happens, until Ctrl-C'))
    .action(
      make.run(async (context, _, name) => {
        const { client, terminal } = context;
        const signal = context.untilInterrupted();
        const onConnection = (lost: Error | null): void => {
          if (lost) terminal.note(terminal.style('yellow', lost.message));
        };
        const options = { signal, onConnection, ...(name === undefined ? {} : { appName: name }) };
        for await (const event of client.apps.events(options))
          terminal.event(event, () =>
            terminal.line(
              `${terminal.style('dim', event.at)} ${terminal.style('bold', event.appName)} ${harmless(eventText(event))}`,
            ),
          );
      }),
    );
}

/** Shows a job by a bar until its end; throws JobFailedError with the reason and the log. */
async function showJob(
  context: Context,
  name: string,
  events: AsyncIterable<AppEvent>,
): Promise<void> {
  const { terminal } = context;
  const bar = new ProgressBar(terminal);
  let percent = 0;
  let text = '';
  try {
    for await (const event of events) {
      if (event.type === 'log') text = event.text;
      if (event.type === 'phase') text = phaseText(context, event.phase);
      if (event.type === 'phase' || event.type === 'progress') percent = event.progress ?? percent;
      bar.show(percent, text);
    }
  } catch (error) {
    if (!(error instanceof AppJobFailed)) throw error;
    bar.end();
    for (const line of error.logs) terminal.note(terminal.style('dim', harmless(line)));
    throw new JobFailedError(`${name}: ${error.message}`, { cause: error });
  } finally {
    bar.end();
  }
}

/** Ctrl-C ends the watching and not the job. */
function stopping(context: Context, name: string): { signal?: AbortSignal } {
  process.once('SIGINT', () => {
    context.terminal.clearLive();
    context.terminal.note(
      context.text(
        `安装在服务器上继续进行；查看：stackscape app events ${name}，取消：stackscape app cancel ${name}`,
        `It goes on at the server; watch: stackscape app events ${name}, cancel: stackscape app cancel ${name}`,
      ),
    );
    process.exit(130);
  });
  return {};
}

function showUninstallPlan(
  context: Context,
  plan: Schema<'UninstallPlanDto'>,
  removeData: boolean | undefined,
): void {
  const { terminal } = context;
  terminal.note(
    context.text(
      `将删除容器：${plan.containers.join(' ')}`,
      `containers to remove: ${plan.containers.join(' ')}`,
    ),
  );
  const { configs, secrets } = plan;
  if (configs.length > 0)
    terminal.note(
      context.text(
        `将从 Swarm 中删除 config：${configs.join(' ')}`,
        `configs of the Swarm to remove: ${configs.join(' ')}`,
      ),
    );
  if (secrets.length > 0)
    terminal.note(
      context.text(
        `将从 Swarm 中删除 secret：${secrets.join(' ')}`,
        `secrets of the Swarm to remove: ${secrets.join(' ')}`,
      ),
    );
  const volumes = plan.volumes.map(({ name }) => name).join(' ');
  if (volumes === '') return;
  terminal.note(
    removeData
      ? context.text(`将删除数据卷：${volumes}`, `volumes to remove: ${volumes}`)
      : context.text(`保留数据卷：${volumes}`, `volumes that stay: ${volumes}`),
  );
}

function statusText(
  text: (zh: string, en: string) => string,
  { status, phase, progress }: Schema<'AppInfoDto'>,
): string {
  if (status === '1') return text('运行中', 'running');
  if (status === '2') return text('失败', 'failed');
  return progress > 0 && progress < 100 ? `${phase} ${progress} %` : phase;
}

function phaseText(context: Context, phase: string): string {
  const chinese: Record<string, string> = {
    queued: '排队中',
    preflight: '安装前检查',
    pulling: '下载镜像',
    creating: '创建容器',
    starting: '启动容器',
    waiting: '等待就绪',
    running: '运行中',
    'rolling-back': '回滚中',
    failed: '失败',
    cancelled: '已取消',
    removed: '已卸载',
    uninstalling: '卸载中',
  };
  return context.text(chinese[phase] ?? phase, phase);
}

function eventText(event: AppEvent): string {
  switch (event.type) {
    case 'phase':
      return [event.phase, event.text ?? ''].join(' ').trim();
    case 'progress':
      return `${event.phase} ${event.progress} %`;
    case 'log':
    case 'backup':
    case 'update':
      return event.text;
    case 'status':
      return [event.container ?? '', event.action].join(' ').trim();
  }
}

function collectVariable(
  pair: string,
  before: Record<string, string> = {},
): Record<string, string> {
  const equals = pair.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('NAME=value');
  return { ...before, [pair.slice(0, equals)]: pair.slice(equals + 1) };
}
