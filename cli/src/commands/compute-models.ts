import type { Command } from 'commander';
import type { CommandFactory } from '../context.js';
import { showStats } from './compute-stats.js';

/** Models and how they did. */
export function addModelCommands(compute: Command, make: CommandFactory): void {
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
