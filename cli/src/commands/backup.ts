import type { Schema } from '@stackscape/client';
import type { Command } from 'commander';
import type { CommandFactory, Context } from '../context.js';
import { JobFailedError } from '../exit-codes.js';
import { bytes } from '../terminal/figures.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import { confirm } from '../terminal/prompt.js';
import { harmless } from '../terminal/width.js';
import { addScheduleCommands } from './backup-schedule.js';

type Backup = Schema<'BackupDto'>;

/** Backups of apps. */
export function addBackupCommands(program: Command, make: CommandFactory): void {
  const backup = program.command('backup').description(make.text('应用备份', 'backups of apps'));
  const noWait = ['--no-wait', make.text('不等待结束', 'do not wait for the end')] as const;

  backup
    .command('ls <app>')
    .description(make.text('应用的备份', 'backups of an app'))
    .action(
      make.run(async ({ client, terminal }, _, app = '') => {
        const { items } = await client.backups.list(app, { limit: 500 });
        terminal.result(items, () =>
          terminal.table(
            [
              { title: terminal.text('备份', 'backup') },
              { title: terminal.text('时间', 'time') },
              { title: terminal.text('状态', 'state') },
              { title: terminal.text('大小', 'size'), align: 'right' },
              { title: terminal.text('停机', 'downtime'), align: 'right' },
              { title: terminal.text('一致性', 'consistency') },
              { title: terminal.text('已校验', 'verified') },
              { title: terminal.text('可启动', 'starts') },
              { title: terminal.text('仓库', 'repository') },
            ],
            items.map((one) => [
              one.id,
              new Date(one.createdAt).toISOString(),
              one.state,
              one.size === null ? '' : bytes(one.size),
              one.downtime === null ? '' : `${(one.downtime / 1000).toFixed(1)} s`,
              one.consistency ?? '',
              one.verifiedAt === null ? '' : new Date(one.verifiedAt).toISOString(),
              one.started ?? '',
              one.repository,
            ]),
          ),
        );
      }),
    );

  backup
    .command('save <app>')
    .description(make.text('备份应用', 'save an app'))
    .option('--repository <name>', make.text('备份仓库', 'where to'))
    .option(...noWait)
    .action(
      make.run<{ repository?: string; wait: boolean }>(
        async (context, { repository, wait }, app = '') => {
          const begun = await context.client.backups.save(app, repository ? { repository } : {});
          await show(context, begun, wait);
        },
      ),
    );

  for (const [verb, zh, en] of [
    ['restore', '从备份恢复应用', 'bring an app back to a backup'],
    ['verify', '校验备份', 'compare a backup with what was saved'],
  ] as const) {
    const command = backup
      .command(`${verb} <app> <backup>`)
      .description(make.text(zh, en))
      .option(...noWait);
    if (verb === 'restore')
      command
        .option(
          '--instance <name>',
          make.text(
            '不替换，而是恢复为新的实例 应用--实例',
            'beside the app, as a new instance app--name',
          ),
        )
        .option('-y, --yes', make.text('不再询问', 'do not ask'));
    command.action(
      make.run<{ wait: boolean; yes?: boolean; instance?: string }>(
        async (context, { wait, yes, ...where }, app = '', id = '') => {
          const replaces = verb === 'restore' && where.instance === undefined;
          const question = context.text(
            `用该备份替换 ${app} 现在的数据？`,
            `Replace the present data of ${app} by this backup?`,
          );
          if (replaces && !(await confirm(context.terminal, question, yes))) return;
          await show(
            context,
            await context.client.backups[verb](app, id, where),
            wait,
            verb === 'verify',
          );
        },
      ),
    );
  }

  backup
    .command('cancel <app> <backup>')
    .description(make.text('取消正在进行的操作', 'cancel what is being done with it'))
    .action(
      make.run(async ({ client, terminal }, _, app = '', id = '') => {
        const report = await client.backups.cancel(app, id);
        terminal.result(report, () => terminal.line(report.state));
      }),
    );

  backup
    .command('rm <app> <backup>')
    .description(make.text('删除备份', 'delete a backup'))
    .option('-y, --yes', make.text('不再询问', 'do not ask'))
    .action(
      make.run<{ yes?: boolean }>(async (context, { yes }, app = '', id = '') => {
        const question = context.text(
          `删除 ${app} 的备份 ${id}？`,
          `Delete backup ${id} of ${app}?`,
        );
        if (!(await confirm(context.terminal, question, yes))) return;
        const report = await context.client.backups.remove(app, id);
        context.terminal.result(report, () => context.terminal.line(report.state));
      }),
    );

  addScheduleCommands(backup, make);

  backup
    .command('repositories')
    .description(make.text('备份仓库', 'where backups are kept'))
    .action(
      make.run(async ({ client, terminal }) => {
        const all = await client.backups.repositories();
        terminal.result(all, () => terminal.fields(all.map((one) => [one.name, one.address])));
      }),
    );

  backup
    .command('key <repository>')
    .description(
      make.text('显示一次仓库的密钥，请妥善保存', 'show the key of a repository, once: keep this'),
    )
    .action(
      make.run(async ({ client, terminal }, _, name = '') => {
        const key = await client.backups.showKey(name);
        terminal.result({ key }, () => terminal.line(key));
      }),
    );

  backup
    .command('open <repository>')
    .description(
      make.text(
        '打开另一台服务器的仓库，密钥取自 STACKSCAPE_BACKUP_KEY',
        'list the backups of another server; its key comes from STACKSCAPE_BACKUP_KEY',
      ),
    )
    .action(
      make.run(async ({ client, terminal }, _, name = '') => {
        const added = await client.backups.open(name, process.env['STACKSCAPE_BACKUP_KEY'] ?? '');
        terminal.result({ added }, () => terminal.line(String(added)));
      }),
    );
}

/** Shows work by a bar until its end; throws JobFailedError with the reason. */
async function show(
  context: Context,
  begun: Backup,
  wait: boolean,
  isCheck = false,
): Promise<void> {
  const { client, terminal } = context;
  let backup = begun;
  if (wait) {
    const bar = new ProgressBar(terminal);
    try {
      const steps = client.backups.watch(begun.appName, begun.id);
      for (let step = await steps.next(); ; step = await steps.next()) {
        backup = step.value;
        if (step.done) break;
        const { bytesDone, bytesTotal, phase, secondsLeft } = backup;
        const percent = bytesTotal > 0 ? (100 * bytesDone) / bytesTotal : null;
        bar.show(percent, `${phase}${secondsLeft === null ? '' : ` ${secondsLeft} s`}`);
      }
    } finally {
      bar.end();
    }
    if (backup.failure !== null) throw new JobFailedError(harmless(backup.failure));
  }
  const { id, state, started, startedReason } = backup;
  terminal.result(backup, () => {
    terminal.line(`${id} ${state}`);
    if (wait && isCheck && started !== null)
      terminal.fields([
        [
          context.text('可启动', 'starts'),
          [started, startedReason ?? ''].filter(Boolean).join(': '),
        ],
      ]);
  });
}
