import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { QueryOf } from '@stackscape/client';
import { Option, type Command } from 'commander';
import type { CommandFactory } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { bytes } from '../terminal/figures.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import { wholeNumber } from './whole-number.js';
import { showRecords } from './records.js';

type HistoryOptions = QueryOf<'queryHistory'> & {
  readonly user?: string;
  readonly inferred?: 'true' | 'false';
};

/** Records: list, export, import. */
export function addHistoryCommands(compute: Command, make: CommandFactory): void {
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
    .option('--pid <number>', make.text('只看该患者', 'of this patient'))
    .option('--model <id>', make.text('只看该模型', 'of this model'))
    .option('--from <time>', make.text('此时起（RFC 3339）', 'at this time or later (RFC 3339)'))
    .option('--to <time>', make.text('此时之前', 'before this time'))
    .addOption(
      new Option('--hcc <status>', make.text('确诊结果', 'confirmed status')).choices([
        'true',
        'false',
        'none',
      ]),
    )
    .addOption(
      new Option('--inferred <status>', make.text('推断结果', 'inferred status')).choices([
        'true',
        'false',
      ]),
    )
    .action(
      make.run<HistoryOptions>(async (context, { user, inferred, ...query }) => {
        const { client, terminal } = context;
        const page = await client.history.list(await context.uidOf(user), {
          ...query,
          ...(inferred === undefined ? {} : { hcc_infer: inferred === 'true' }),
        });
        terminal.result(page, () => {
          showRecords(terminal, page.items);
          terminal.note(context.text(`共 ${page.total} 条`, `${page.total} in all`));
        });
      }),
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
