import type { Command } from 'commander';
import type { CommandFactory, Context } from '../context.js';
import { JobFailedError } from '../exit-codes.js';
import { wholeNumber } from './whole-number.js';
import type { Schema } from '@stackscape/client';

interface SearchOptions {
  readonly category?: Schema<'AppCategory'>;
  readonly verdict?: Schema<'AppVerdictFilter'>;
  readonly page?: number;
  readonly limit?: number;
}

/** What can be installed. */
export function addCatalogCommands(program: Command, make: CommandFactory): void {
  const catalog = program
    .command('catalog')
    .description(make.text('应用目录', 'what can be installed'));

  catalog
    .command('ls [words...]')
    .description(make.text('搜索应用', 'search it'))
    .option('--category <name>', make.text('只看一个分类', 'of one category only'))
    .option('--verdict <verdict>', 'usable, forbidden, broken, unsupported, needs-hardware, all')
    .option('--page <number>', make.text('页码', 'page'), wholeNumber)
    .option('--limit <number>', make.text('每页条数', 'entries a page'), wholeNumber, 100)
    .action(
      make.run<SearchOptions>(async ({ client, terminal }, options, ...words) => {
        const search = words.join(' ');
        const page = await client.catalog.list({ ...options, ...(search ? { search } : {}) });
        const { language } = terminal.options;
        terminal.result(page, () => {
          terminal.table(
            [
              { title: terminal.text('应用', 'app') },
              { title: terminal.text('商店', 'store') },
              { title: terminal.text('名称', 'title') },
              { title: terminal.text('分类', 'category') },
              { title: terminal.text('版本', 'version') },
              { title: terminal.text('说明', 'description') },
            ],
            page.items.map((app) => [
              app.appName,
              app.store,
              app.title[language],
              app.categoryTitle[language],
              app.version,
              app.description?.[language],
            ]),
          );
          terminal.note(terminal.text(`共 ${page.total} 个`, `${page.total} in all`));
          if (page.loading) {
            terminal.note(terminal.text('目录仍在读取', 'the catalog is still being read'));
          }
        });
      }),
    );

  catalog
    .command('lint')
    .description(
      make.text(
        '服务器目录中的问题；有损坏的应用时退出码为 11',
        'what is wrong in the server’s catalog; exit code 11 when an app is broken',
      ),
    )
    .action(make.run(async (context) => lint(context, await wholeReport(context))));

  catalog
    .command('reload')
    .description(make.text('重新读取目录', 'read its folders anew'))
    .action(
      make.run(async ({ client, terminal }) => {
        const report = await client.catalog.reload();
        terminal.result(report, () => terminal.line(summary(terminal.text.bind(terminal), report)));
      }),
    );
}

/** All pages of the report as one. */
async function wholeReport({ client }: Context): Promise<Schema<'CatalogueReportDto'>> {
  const limit = 500;
  const report = await client.catalog.report({ limit });
  for (let page = 2; report.apps.length < report.total; page++) {
    const { apps } = await client.catalog.report({ limit, page });
    if (apps.length === 0) break;
    report.apps.push(...apps);
  }
  return report;
}

function lint({ terminal }: Context, report: Schema<'CatalogueReportDto'>): void {
  const problems = report.apps.flatMap((app) => app.problems.map((problem) => ({ app, problem })));
  terminal.result(report, () => {
    terminal.table(
      [
        { title: terminal.text('应用', 'app') },
        { title: terminal.text('类别', 'kind') },
        { title: terminal.text('位置', 'where') },
        { title: terminal.text('问题', 'problem') },
      ],
      problems.map(({ app, problem }) => [
        app.appName,
        problem.kind,
        [problem.file, problem.line].filter((part) => part !== null).join(':') || problem.key,
        problem.message,
      ]),
    );
    terminal.note(summary(terminal.text.bind(terminal), report));
  });
  if (report.broken > 0) {
    throw new JobFailedError(
      terminal.text(`${report.broken} 个应用已损坏`, `${report.broken} apps are broken`),
    );
  }
}

function summary(
  text: (zh: string, en: string) => string,
  report: Schema<'CatalogueReportDto'>,
): string {
  const { usable, forbidden, unsupported, broken, needsHardware } = report;
  return text(
    `可用 ${usable}，被策略禁止 ${forbidden}，不支持 ${unsupported}，损坏 ${broken}，缺少硬件 ${needsHardware}`,
    `${usable} usable, ${forbidden} forbidden by the policy, ${unsupported} unsupported, ${broken} broken, ${needsHardware} need hardware`,
  );
}
