import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { CommandFactory } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { readSamples } from '../samples/read-samples.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import { wholeNumber } from './whole-number.js';
import { addHistoryCommands } from './compute-history.js';
import { addModelCommands } from './compute-models.js';
import { addTaskList, showBatch, showBatches, showResults } from './compute-tasks.js';

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
        const batches: string[] = [];
        const bar = new ProgressBar(terminal);
        try {
          while (ids.length < samples.length) {
            const next = samples.slice(ids.length, ids.length + MOST_PER_BATCH);
            const submitted = await client.compute.submit(next);
            ids.push(...submitted.ids);
            batches.push(submitted.batch);
            bar.show((100 * ids.length) / samples.length, context.text('提交', 'submitting'));
          }
        } finally {
          bar.end();
        }
        if (wait) await showBatches(context, batches, ids);
        else terminal.result({ ids, batches }, () => ids.forEach((id) => terminal.line(id)));
      }),
    );

  compute
    .command('watch [ids...]')
    .description(make.text('等待任务或批次的结果', 'wait for the results of tasks or of a batch'))
    .option('--batch <id>', make.text('批次', 'all tasks of a batch'))
    .action(
      make.run<{ batch?: string }>((context, { batch }, ...ids) => {
        if ((batch === undefined) === (ids.length === 0)) throw new UsageError('ID … | --batch ID');
        return batch === undefined ? showResults(context, ids) : showBatch(context, batch);
      }),
    );

  addTaskList(compute, make);

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

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}
