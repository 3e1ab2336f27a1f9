import type { Schema } from '@stackscape/client';
import type { Command } from 'commander';
import type { CommandFactory, Context } from '../context.js';
import { wholeNumber } from './whole-number.js';
import { harmless } from '../terminal/width.js';

type Update = Schema<'AppUpdateDto'>;
type Policy = Schema<'UpdatePolicyDto'>;

/** What upgrades would change. */
export function addUpdates(app: Command, make: CommandFactory): void {
  app
    .command('updates [app]')
    .description(make.text('升级会改变什么', 'what upgrades would change'))
    .option('--all', make.text('也列出没有更新的应用', 'apps without an update too'))
    .option('--check', make.text('让服务器重新查询镜像仓库', 'have the registries asked again'))
    .action(
      make.run<{ all?: boolean; check?: boolean }>(async (context, options, name) => {
        const { client, terminal } = context;
        if (options.check) {
          const images = await client.apps.checkUpdates();
          terminal.result({ images }, () =>
            terminal.line(context.text(`正在查询 ${images} 个镜像`, `asking for ${images} images`)),
          );
          return;
        }
        const all = await client.apps.updates();
        const found = all.filter(
          (update) => update.appName === name || (name === undefined && (options.all || update.available)), // prettier-ignore
        );
        // Of an app that is not installed this says so.
        if (name !== undefined && found.length === 0) await client.apps.info(name);
        terminal.result(found, () => {
          if (found.length === 0) terminal.line(context.text('没有更新', 'no updates'));
          for (const update of found) show(context, update, name !== undefined);
        });
      }),
    );
}

interface PolicyOptions {
  readonly cron?: string;
  readonly zone?: string;
  readonly minutes?: number;
}

/** What is done about updates of an app. */
export function addPolicy(app: Command, make: CommandFactory): void {
  app
    .command('update-policy <app> [mode]')
    .description(
      make.text(
        '更新方式：hand 手动，told 提示，window 在时段内自动',
        'what is done about its updates: hand, told, or window (by itself)',
      ),
    )
    .option('--cron <words>', make.text('时段何时开始', 'when the window opens'))
    .option('--zone <name>', make.text('时区，默认 UTC', 'time zone; UTC by default'))
    .option('--minutes <count>', make.text('时段长度', 'how long it stays open'), wholeNumber)
    .action(
      make.run<PolicyOptions>(
        async (context, { cron, zone, minutes }, name = '', mode?: string) => {
          const { client, terminal } = context;
          const policy =
            mode === undefined
              ? await client.apps.updatePolicy(name)
              : await client.apps.setUpdatePolicy(name, {
                  mode: mode as Policy['mode'],
                  ...(cron === undefined ? {} : { cron }),
                  ...(zone === undefined ? {} : { timeZone: zone }),
                  ...(minutes === undefined ? {} : { minutes }),
                });
          const { nextAt, obstacle } = policy;
          terminal.result(policy, () =>
            terminal.fields([
              [context.text('应用', 'app'), policy.appName],
              [context.text('方式', 'mode'), policy.mode],
              ...(policy.cron === null ? [] : [[context.text('时段', 'window'), `${policy.cron} (${policy.timeZone}), ${policy.minutes} min`] as const]), // prettier-ignore
              ...(nextAt === null ? [] : [[context.text('下次', 'next'), new Date(nextAt).toISOString()] as const]), // prettier-ignore
              ...(obstacle === null ? [] : [[context.text('未自动升级', 'not by itself'), harmless(obstacle)] as const]), // prettier-ignore
            ]),
          );
        },
      ),
    );
}

function show(context: Context, update: Update, isDetailed: boolean): void {
  const { terminal } = context;
  const { appName, available, changes, obstacle, images, variables } = update;
  const state = available
    ? context.text('有更新', 'update')
    : context.text('没有更新', 'no update');
  terminal.line(`${terminal.style('bold', appName)}  ${state}`);
  for (const change of changes) terminal.line(`  ${harmless(change)}`);
  if (obstacle) terminal.line(`  ${terminal.style('red', '✗')} ${harmless(obstacle)}`);
  for (const { name, problem } of variables) {
    if (problem === null) continue;
    const hint = context.text(`升级时用 --set ${name}=… 填写`, `give it with --set ${name}=…`);
    terminal.line(`  ${terminal.style('yellow', '!')} ${hint}`);
  }
  if (!isDetailed) return;
  for (const { service, to, reason } of images)
    if (reason !== null) terminal.line(`  ${terminal.style('dim', `${service} ${harmless(to ?? '')}: ${harmless(reason)}`)}`); // prettier-ignore
}
