import type { Schema } from '@stackscape/client';
import type { Command } from 'commander';
import type { CommandFactory, Context } from '../context.js';
import { wholeNumber } from './whole-number.js';

interface KeepOptions {
  readonly keepLast?: number;
  readonly keepDaily?: number;
  readonly keepWeekly?: number;
  readonly keepMonthly?: number;
}

interface SetOptions extends KeepOptions {
  readonly cron: string;
  readonly never?: boolean;
  readonly zone?: string;
  readonly repository?: string;
  readonly verify: boolean;
}

/** When apps are saved by themselves, and which of these backups stay. */
export function addScheduleCommands(backup: Command, make: CommandFactory): void {
  const schedule = backup
    .command('schedule')
    .description(make.text('备份计划与保留策略', 'when apps are saved, and which backups stay'));
  const withoutApp = make.text('省略应用则为默认计划', 'without an app it is the default of all');

  schedule
    .command('show [app]')
    .description(make.text('查看备份计划；', 'show a schedule; ') + withoutApp)
    .action(
      make.run(async (context, _, app?: string) => {
        show(context, await context.client.backups.schedule(app ?? null));
      }),
    );

  keepOptions(
    schedule
      .command('set [app]')
      .description(make.text('设置备份计划；', 'set a schedule; ') + withoutApp)
      .option(
        '--cron <words>',
        make.text('cron 表达式', 'minute hour day month weekday'),
        '30 3 * * *',
      )
      .option('--never', make.text('从不自动备份', 'never by itself, whatever the default says'))
      .option('--zone <name>', make.text('时区，默认 UTC', 'time zone; UTC by default'))
      .option('--repository <name>', make.text('备份仓库', 'where to'))
      .option('--no-verify', make.text('不做每周校验', 'do not verify a backup each week')),
    make,
  ).action(
    make.run<SetOptions>(async (context, options, app?: string) => {
      const { cron, never, zone, repository, verify, ...keep } = options;
      const body = {
        cron: never === true ? null : cron,
        verify,
        ...(zone === undefined ? {} : { timeZone: zone }),
        ...(repository === undefined ? {} : { repository }),
        ...keep,
      };
      show(context, await context.client.backups.setSchedule(app ?? null, body));
    }),
  );

  schedule
    .command('rm [app]')
    .description(make.text('删除备份计划；', 'remove a schedule; ') + withoutApp)
    .action(
      make.run(async (context, _, app?: string) => {
        show(context, await context.client.backups.removeSchedule(app ?? null));
      }),
    );

  keepOptions(
    schedule
      .command('preview <app>')
      .description(
        make.text('预览会删除的备份', 'which backups would go, by these rules or its own'),
      ),
    make,
  ).action(
    make.run<KeepOptions>(async ({ client, terminal }, options, app = '') => {
      const plan = await client.backups.previewRetention(app, options);
      terminal.result(plan, () =>
        terminal.table(
          [
            { title: terminal.text('备份', 'backup') },
            { title: terminal.text('时间', 'time') },
            { title: terminal.text('结果', 'outcome') },
          ],
          [
            ...plan.keep.map(({ backup: one, reasons }) => [
              one.id,
              new Date(one.createdAt).toISOString(),
              `${terminal.text('保留', 'stays')} ${reasons.join(', ')}`,
            ]),
            ...plan.remove.map((one) => [
              one.id,
              new Date(one.createdAt).toISOString(),
              terminal.text('删除', 'goes'),
            ]),
          ],
        ),
      );
    }),
  );
}

function keepOptions(command: Command, make: CommandFactory): Command {
  for (const [name, zh, en] of [
    ['last', '保留最新的若干个', 'newest backups that stay'],
    ['daily', '按天保留', 'days whose newest backup stays'],
    ['weekly', '按周保留', 'weeks whose newest backup stays'],
    ['monthly', '按月保留', 'months whose newest backup stays'],
  ] as const)
    command.option(`--keep-${name} <n>`, make.text(zh, en), wholeNumber);
  return command;
}

function show({ terminal }: Context, schedule: Schema<'BackupScheduleDto'>): void {
  const time = (at: number | null): string => (at === null ? '' : new Date(at).toISOString());
  const { keepLast, keepDaily, keepWeekly, keepMonthly, verified } = schedule;
  terminal.result(schedule, () =>
    terminal.fields([
      [
        terminal.text('计划', 'schedule'),
        schedule.cron === null ? '—' : `${schedule.cron} ${schedule.timeZone}`,
      ],
      [terminal.text('来源', 'set for'), schedule.source],
      [terminal.text('仓库', 'repository'), schedule.repository ?? ''],
      [
        terminal.text('保留', 'keep'),
        `last ${keepLast}, daily ${keepDaily}, weekly ${keepWeekly}, monthly ${keepMonthly}`,
      ],
      [terminal.text('下次', 'next'), time(schedule.nextAt)],
      [terminal.text('上次', 'last'), time(schedule.lastAt)],
      [terminal.text('失败原因', 'failure'), schedule.failure ?? ''],
      [terminal.text('上次校验', 'verified'), verified ? (verified.failure ?? time(verified.verifiedAt)) : ''], // prettier-ignore
      [terminal.text('可启动', 'starts'), [verified?.started, verified?.startedReason].filter(Boolean).join(': ')], // prettier-ignore
    ]),
  );
}
