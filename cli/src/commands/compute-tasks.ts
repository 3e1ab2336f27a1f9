import type { QueryOf, Schema } from '@stackscape/client';
import { Option, type Command } from 'commander';
import type { CommandFactory, Context } from '../context.js';
import { JobFailedError } from '../exit-codes.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import { wholeNumber } from './whole-number.js';
import { showRecords } from './records.js';

/** `compute tasks`. */
export function addTaskList(compute: Command, make: CommandFactory): void {
  const states = { done: 0, computing: 1, queued: 3, terminated: 4 } as const;
  compute
    .command('tasks')
    .description(make.text('任务，最新的在前', 'tasks, newest first'))
    .option('-u, --user <user>', make.text('用户（默认自己）', 'whose (absent: the own)'))
    .addOption(
      new Option('--status <state>', make.text('状态', 'state')).choices(Object.keys(states)),
    )
    .option('--batch <id>', make.text('批次', 'of a batch'))
    .option('--page <number>', make.text('页码', 'page'), wholeNumber)
    .option('--limit <number>', make.text('每页条数', 'entries a page'), wholeNumber, 20)
    .action(
      make.run<QueryOf<'listTasks'> & { user?: string; status?: keyof typeof states }>(
        async (context, { user, status, ...query }) => {
          const { client, terminal } = context;
          const page = await client.compute.tasks({
            ...query,
            ...(user === undefined ? {} : { uid: await context.uidOf(user) }),
            ...(status === undefined ? {} : { status: states[status] }),
          });
          terminal.result(page, () => {
            terminal.table(
              [
                { title: 'id' },
                { title: terminal.text('状态', 'state') },
                { title: 'pid', align: 'right' },
                { title: 'p', align: 'right' },
                { title: terminal.text('提交', 'submitted') },
                { title: terminal.text('批次', 'batch') },
              ],
              page.items.map((task) => [
                task.id,
                task.failure ?? Object.keys(states).find((name) => states[name as 'done'] === task.status) ?? '', // prettier-ignore
                task.pid,
                task.result?.probability.toFixed(3) ?? '',
                task.submitted_at,
                task.batch ?? '',
              ]),
            );
            terminal.note(context.text(`共 ${page.total} 个`, `${page.total} in all`));
          });
        },
      ),
    );
}

/** The results of a batch in the order in which they end. */
export async function showBatch(context: Context, batch: string): Promise<void> {
  const { total } = await context.client.compute.batch(batch);
  report(context, [...(await endsOf(context, [batch], total)).values()]);
}

/** The results of batches in the order of the samples. */
export async function showBatches(
  context: Context,
  batches: readonly string[],
  ids: readonly string[],
): Promise<void> {
  const ended = await endsOf(context, batches, ids.length);
  report(
    context,
    ids.flatMap((id) => ended.get(id) ?? []),
  );
}

/** The tasks of batches by id; the server tells of each as it ends. */
async function endsOf(
  context: Context,
  batches: readonly string[],
  total: number,
): Promise<Map<string, EndedTask>> {
  const bar = new ProgressBar(context.terminal);
  const ended = new Map<string, EndedTask>();
  try {
    for (const batch of batches)
      for await (const task of context.client.compute.batchResults(batch)) {
        ended.set(task.id, task);
        bar.show((100 * ended.size) / total, context.text('计算', 'computing'));
      }
  } finally {
    bar.end();
  }
  return ended;
}

export async function showResults(context: Context, ids: readonly string[]): Promise<void> {
  const { client, terminal } = context;
  const bar = new ProgressBar(terminal);
  const tasks = new Map<string, Schema<'TaskStatusDto'>>();
  const show = (): void =>
    bar.show((100 * tasks.size) / Math.max(1, ids.length), context.text('计算', 'computing'));
  try {
    show();
    for await (const task of client.compute.results(ids)) {
      tasks.set(task.id, task);
      show();
    }
  } finally {
    bar.end();
  }
  report(
    context,
    ids.flatMap((id) => tasks.get(id) ?? []),
  );
}

type EndedTask = Pick<Schema<'TaskStatusDto'>, 'id' | 'status' | 'failure' | 'result'>;

/** @throws JobFailedError where a task is not done */
function report(context: Context, inOrder: readonly EndedTask[]): void {
  const { terminal } = context;
  const records = inOrder.flatMap(({ result }) => result ?? []);
  terminal.result(inOrder, () => {
    showRecords(terminal, records);
    terminal.note(context.text('仅供研究使用', 'research use only'));
  });
  const failed = inOrder.filter(({ status }) => status !== 0);
  if (failed.length > 0) {
    const reasons = [...new Set(failed.map(({ failure }) => failure))].join(', ');
    throw new JobFailedError(
      context.text(
        `${failed.length} 个任务未完成：${reasons}`,
        `${failed.length} tasks not done: ${reasons}`,
      ),
    );
  }
}
