import type { Schema } from '@stackscape/client';
import type { Command } from 'commander';
import type { CommandFactory, Context } from '../context.js';
import { JobFailedError } from '../exit-codes.js';
import { confirm } from '../terminal/prompt.js';
import { harmless } from '../terminal/width.js';

type GitStore = Schema<'GitStoreDto'>;

interface AddOptions {
  readonly ref?: string;
  readonly folder?: string;
  readonly name?: string;
  readonly wait: boolean;
}

/** Digits of a commit that people read. */
const SHORT = 12;

/** Git repositories as stores of apps. */
export function addStoreCommands(program: Command, make: CommandFactory): void {
  const store = program
    .command('store')
    .description(make.text('git 应用源', 'git repositories as stores of apps'));
  const noWait = ['--no-wait', make.text('不等待结束', 'do not wait for the end')] as const;
  const yes = ['-y, --yes', make.text('不再询问', 'do not ask')] as const;

  store
    .command('ls')
    .description(make.text('列出 git 应用源', 'the git stores'))
    .action(
      make.run(async ({ client, terminal }) => {
        const stores = await client.stores.list();
        terminal.result(stores, () =>
          terminal.table(
            [
              { title: terminal.text('应用源', 'store') },
              { title: terminal.text('地址', 'address') },
              { title: terminal.text('提交', 'commit') },
              { title: terminal.text('新提交', 'newer') },
              { title: terminal.text('受信任', 'trusted') },
              { title: terminal.text('问题', 'problem') },
            ],
            stores.map((one) => [
              one.name,
              addressOf(one),
              one.commit?.slice(0, SHORT),
              one.update?.commit.slice(0, SHORT),
              one.trusted ? terminal.text('是', 'yes') : '',
              one.failure === null ? '' : harmless(one.failure),
            ]),
          ),
        );
      }),
    );

  store
    .command('add <url>')
    .description(make.text('添加 git 应用源', 'add a git repository'))
    .option('--ref <ref>', make.text('分支、标签或完整的提交编号', 'branch, tag or full commit'))
    .option('--folder <path>', make.text('仓库中的文件夹', 'folder of the repository'))
    .option('--name <name>', make.text('应用源的名称', 'its name as a store'))
    .option(...noWait)
    .action(
      make.run<AddOptions>(async (context, { wait, ...options }, url = '') => {
        await show(context, await context.client.stores.add({ url, ...options }), wait);
      }),
    );

  store
    .command('check <store>')
    .description(
      make.text('检查更新并显示变化', 'look for a newer commit and show what it would change'),
    )
    .option(...noWait)
    .action(
      make.run<{ wait: boolean }>(async (context, { wait }, name = '') => {
        await show(context, await context.client.stores.check(name), wait);
      }),
    );

  store
    .command('update <store>')
    .description(make.text('检查更新，显示变化并采用', 'take the newer commit, after a look at it'))
    .option(...yes)
    .action(
      make.run<{ yes?: boolean }>(async (context, options, name = '') => {
        const { client, terminal } = context;
        await client.stores.check(name);
        const found = await client.stores.settled(name);
        if (found.update === null) return show(context, found, true);
        if (!terminal.options.json) changes(context, found);
        const question = context.text(`采用该提交？`, `Take this commit?`);
        if (!(await confirm(terminal, question, options.yes))) return;
        const taken = await client.stores.update(name, found.update.commit);
        terminal.result(taken, () => terminal.line(`${taken.name} ${taken.commit ?? ''}`));
      }),
    );

  store
    .command('rm <store>')
    .description(make.text('移除 git 应用源，已安装的应用保留', 'remove it; installed apps stay'))
    .option(...yes)
    .action(
      make.run<{ yes?: boolean }>(async (context, options, name = '') => {
        const question = context.text(`移除应用源 ${name}？`, `Remove the store ${name}?`);
        if (!(await confirm(context.terminal, question, options.yes))) return;
        await context.client.stores.remove(name);
        context.terminal.result({ removed: name }, () => context.terminal.line(name));
      }),
    );
}

/** Waits for the fetch; throws JobFailedError with the reason. */
async function show(context: Context, begun: GitStore, wait: boolean): Promise<void> {
  const store = wait ? await context.client.stores.settled(begun.name) : begun;
  if (wait && store.failure !== null) throw new JobFailedError(harmless(store.failure));
  context.terminal.result(store, () => {
    context.terminal.line(`${store.name} ${store.commit ?? ''}`);
    changes(context, store);
  });
}

function changes({ terminal }: Context, { update }: GitStore): void {
  if (update === null) return;
  const titles = [
    [terminal.text('新提交', 'newer commit'), update.commit],
    [terminal.text('增加', 'added'), update.added.join(' ')],
    [terminal.text('移除', 'removed'), update.removed.join(' ')],
    [terminal.text('更改', 'changed'), update.changed.join(' ')],
  ] as const;
  terminal.fields(titles.map(([title, value]) => [title, harmless(value)]));
}

function addressOf({ url, ref, folder }: GitStore): string {
  return `${url}${ref || folder ? `#${ref ?? ''}` : ''}${folder ? `:${folder}` : ''}`;
}
