import { createReadStream, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Schema } from '@stackscape/client';
import type { Command } from 'commander';
import type { CommandFactory, Context } from '../context.js';
import { JobFailedError, UsageError } from '../exit-codes.js';
import { readSamples } from '../samples/read-samples.js';
import { bytes } from '../terminal/figures.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import type { Terminal } from '../terminal/terminal.js';
import { wholeNumber } from './app.js';
import { showStats } from './compute-stats.js';

const MOST_PER_BATCH = 1_000;

interface SampleOptions {
  readonly pid: string;
  readonly ctdna: number;
  readonly cpg: number;
  readonly hcc?: string;
  readonly wait: boolean;
}

/** Computations, their history, and models. Research use only. */
export function addComputeCommands(program: Command, make: CommandFactory): void {
  const compute = program
    .command('compute')
    .description(make.text('计算（仅供研究）', 'computing (research use only)'));
  const noWait = ['--no-wait', make.text('不等待结果', 'do not wait for results')] as const;

  compute
    .command('add')
    .description(make.text('提交一个样本', 'compute one sample'))
    .requiredOption('--pid <number>', make.text('患者编号', 'number of the patient'))
    .requiredOption(
      '--ctdna <bp>',
      make.text('ctDNA 片段长度', 'length of the ctDNA fragment'),
      wholeNumber,
    )
    .requiredOption(
      '--cpg <count>',
      make.text('甲基化 CpG 位点数', 'methylated CpG sites'),
      wholeNumber,
    )
    .option(
      '--hcc <status>',
      make.text('已确诊结果：true 或 false', 'confirmed status: true or false'),
    )
    .option(...noWait)
    .action(
      make.run<SampleOptions>(async (context, { wait, hcc, ...sample }) => {
        if (hcc !== undefined && hcc !== 'true' && hcc !== 'false')
          throw new UsageError('--hcc true, false');
        const { client, terminal } = context;
        const id = await client.compute.add({ ...sample, ...(hcc ? { hcc: hcc === 'true' } : {}) });
        if (wait) await showResults(context, [id]);
        else terminal.result({ id }, () => terminal.line(id));
      }),
    );

  compute
    .command('batch <file>')
    .description(
      make.text(
        '提交 CSV（pid, ctdna, cpg[, hcc]）；- 为标准输入',
        'compute a CSV file (pid, ctdna, cpg[, hcc]); - is stdin',
      ),
    )
    .option(...noWait)
    .action(
      make.run<{ wait: boolean }>(async (context, { wait }, file = '') => {
        const { client, terminal } = context;
        const samples = readSamples(readText(file));
        const ids: string[] = [];
        const bar = new ProgressBar(terminal);
        try {
          while (ids.length < samples.length) {
            ids.push(
              ...(await client.compute.addBatch(
                samples.slice(ids.length, ids.length + MOST_PER_BATCH),
              )),
            );
            bar.show((100 * ids.length) / samples.length, context.text('提交', 'submitting'));
          }
        } finally {
          bar.end();
        }
        if (wait) await showResults(context, ids);
        else terminal.result({ ids }, () => ids.forEach((id) => terminal.line(id)));
      }),
    );

  compute
    .command('watch <ids...>')
    .description(make.text('等待任务结果', 'wait for the results of tasks'))
    .action(make.run((context, _, ...ids) => showResults(context, ids)));

  compute
    .command('cancel <id>')
    .description(make.text('取消任务', 'cancel a task'))
    .action(
      make.run(async ({ client, terminal }, _, id = '') => {
        const task = await client.compute.cancel(id);
        terminal.result(task, () => terminal.line(task.failure ?? String(task.status)));
      }),
    );

  addHistoryCommands(compute, make);
  addModelCommands(compute, make);
}

function addHistoryCommands(compute: Command, make: CommandFactory): void {
  const ofUser = [
    '-u, --user <user>',
    make.text('用户（默认自己）', 'whose (absent: the own)'),
  ] as const;

  compute
    .command('history')
    .description(make.text('计算记录，最新的在前', 'records, newest first'))
    .option(...ofUser)
    .option('--page <number>', make.text('页码', 'page'), wholeNumber)
    .option('--limit <number>', make.text('每页条数', 'entries a page'), wholeNumber, 20)
    .action(
      make.run<{ user?: string; page?: number; limit?: number }>(
        async (context, { user, ...query }) => {
          const { client, terminal } = context;
          const page = await client.history.list(await context.uidOf(user), query);
          terminal.result(page, () => {
            showRecords(terminal, page.items);
            terminal.note(context.text(`共 ${page.total} 条`, `${page.total} in all`));
          });
        },
      ),
    );

  compute
    .command('export')
    .description(make.text('导出 CSV 到标准输出', 'records as CSV to stdout'))
    .option(...ofUser)
    .action(
      make.run<{ user?: string }>(async (context, { user }) => {
        const response = await context.client.history.export(await context.uidOf(user));
        if (response.body)
          for await (const chunk of response.body)
            await context.terminal.write(chunk as Uint8Array);
      }),
    );

  compute
    .command('import <file>')
    .description(
      make.text('导入已标注的 CSV（管理员）', 'import labelled records from CSV (administrators)'),
    )
    .option(...ofUser)
    .option('--again', make.text('再次导入同一文件', 'a file that was imported before'))
    .action(
      make.run<{ user?: string; again?: boolean }>(async (context, { user, again }, file = '') => {
        const { client, terminal } = context;
        const { size } = await stat(file).catch(() => {
          throw new UsageError(context.text(`无法读取 ${file}`, `cannot read ${file}`));
        });
        const bar = new ProgressBar(terminal);
        const uid = await context.uidOf(user);
        const body = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
        const report = await client.history
          .import(uid, body, {
            ...(again === undefined ? {} : { again }),
            onProgress: ({ sent }) =>
              bar.show((100 * sent) / Math.max(1, size), `${bytes(sent)} / ${bytes(size)}`),
          })
          .finally(() => bar.end());
        terminal.result(report, () => {
          terminal.line(
            context.text(
              `导入 ${report.accepted} 条，${report.rejected} 行有误`,
              `${report.accepted} records imported, ${report.rejected} bad lines`,
            ),
          );
          for (const { line, problems } of report.bad_lines)
            terminal.line(`${line}: ${problems.map((p) => `${p.field}: ${p.message}`).join('; ')}`);
        });
      }),
    );
}

function addModelCommands(compute: Command, make: CommandFactory): void {
  compute
    .command('stats')
    .description(
      make.text(
        '各模型在确诊记录上的表现：ROC、混淆矩阵、长度分布',
        'how the models did on confirmed records: ROC, confusion, lengths',
      ),
    )
    .option('--model <id>', make.text('只看一个模型', 'of one model only'))
    .option('-u, --user <user>', make.text('只看一个用户的记录', 'on the records of one user only'))
    .action(
      make.run<{ model?: string; user?: string }>(async (context, { model, user }) => {
        const { client, terminal } = context;
        const uid = user === undefined ? {} : { uid: await context.uidOf(user) };
        const stats = await client.compute.stats({
          ...uid,
          ...(model === undefined ? {} : { model }),
        });
        const lengths = await client.compute.lengths(uid);
        terminal.result({ ...stats, lengths: lengths.bins }, () =>
          showStats(terminal, stats, lengths),
        );
      }),
    );

  compute
    .command('models')
    .description(make.text('模型', 'the models'))
    .action(
      make.run(async ({ client, terminal }) => {
        const list = await client.compute.models();
        terminal.result(list, () => {
          terminal.table(
            [
              { title: '' },
              { title: terminal.text('模型', 'model') },
              { title: terminal.text('类型', 'kind') },
              { title: terminal.text('来源', 'origin') },
              { title: terminal.text('校验和', 'checksum') },
            ],
            list.models.map((m) => [
              m.active ? '*' : ' ',
              m.id,
              m.kind,
              m.origin,
              m.checksum.slice(0, 12),
            ]),
          );
          terminal.note(list.notice);
        });
      }),
    );

  compute
    .command('train')
    .description(
      make.text(
        '用确诊记录训练模型，不会自动启用（管理员）',
        'fit a model to confirmed records; it is not activated (administrators)',
      ),
    )
    .action(
      make.run(async ({ client, terminal }) => {
        const model = await client.compute.train();
        terminal.result(model, () => terminal.line(model.id));
      }),
    );

  compute
    .command('activate <model>')
    .description(
      make.text('启用模型（管理员）', 'use a model for new computations (administrators)'),
    )
    .action(
      make.run(async ({ client, terminal }, _, id = '') => {
        const model = await client.compute.activate(id);
        terminal.result(model, () =>
          terminal.line(terminal.text(`已启用 ${id}`, `${id} is active`)),
        );
      }),
    );
}

async function showResults(context: Context, ids: readonly string[]): Promise<void> {
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
  const inOrder = ids.flatMap((id) => tasks.get(id) ?? []);
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

function showRecords(terminal: Terminal, records: readonly Schema<'RecordDto'>[]): void {
  const sign = (hcc: boolean | null): string => (hcc === null ? '–' : hcc ? '+' : '-');
  terminal.table(
    [
      { title: 'id', align: 'right' },
      { title: terminal.text('时间', 'time') },
      { title: 'pid', align: 'right' },
      { title: 'ctDNA', align: 'right' },
      { title: 'CpG', align: 'right' },
      { title: 'p', align: 'right' },
      { title: terminal.text('推断', 'inferred') },
      { title: terminal.text('确诊', 'confirmed') },
      { title: terminal.text('模型', 'model') },
    ],
    records.map((r) => [
      r.id,
      r.time,
      r.pid,
      r.ctdna,
      r.cpg,
      `${r.probability.toFixed(3)}${r.extrapolated ? '*' : ''}`,
      sign(r.hcc_infer),
      sign(r.hcc),
      r.model,
    ]),
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}
