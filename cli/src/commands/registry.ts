import type { Command } from 'commander';
import type { CommandFactory } from '../context.js';
import { askPassword, confirm, passwordFromStdin } from '../terminal/prompt.js';

interface LoginOptions {
  readonly user: string;
  readonly passwordStdin?: boolean;
}

/** Logins to private registries of images. */
export function addRegistryCommands(program: Command, make: CommandFactory): void {
  const registry = program
    .command('registry')
    .description(make.text('镜像仓库登录信息', 'logins to private registries of images'));

  registry
    .command('ls')
    .description(make.text('列出已保存的登录信息', 'the logins that are stored'))
    .action(
      make.run(async ({ client, terminal }) => {
        const logins = await client.registries.list();
        terminal.result(logins, () =>
          terminal.table(
            [
              { title: terminal.text('镜像仓库', 'registry') },
              { title: terminal.text('用户', 'user') },
            ],
            logins.map((login) => [login.registry, login.username]),
          ),
        );
      }),
    );

  registry
    .command('login <registry>')
    .description(make.text('登录并保存', 'keep a login that the registry accepts'))
    .requiredOption('-u, --user <name>', make.text('用户名', 'user at the registry'))
    .option('--password-stdin', make.text('从标准输入读取密码', 'read the password from stdin'))
    .action(
      make.run<LoginOptions>(async (context, { user, passwordStdin }, host = '') => {
        const { client, terminal } = context;
        const password = passwordStdin
          ? await passwordFromStdin()
          : await askPassword(terminal, context.text('密码或令牌：', 'Password or token: '));
        const login = await client.registries.logIn(host, { username: user, password });
        terminal.result(login, () =>
          terminal.line(context.text(`已登录 ${login.registry}`, `logged in to ${login.registry}`)),
        );
      }),
    );

  registry
    .command('logout <registry>')
    .description(make.text('删除登录信息', 'forget a login'))
    .option('-y, --yes', make.text('不再询问', 'do not ask'))
    .action(
      make.run<{ yes?: boolean }>(async (context, options, host = '') => {
        const question = context.text(`删除 ${host} 的登录信息？`, `Forget the login to ${host}?`);
        if (!(await confirm(context.terminal, question, options.yes))) return;
        await context.client.registries.logOut(host);
        context.terminal.result({ removed: host }, () => context.terminal.line(host));
      }),
    );
}
