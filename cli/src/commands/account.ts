import type { Command } from 'commander';
import type { CommandFactory, Context } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { ask, askPassword, passwordFromStdin } from '../terminal/prompt.js';

interface SignInOptions {
  readonly user?: string;
  readonly passwordStdin?: boolean;
  readonly invite?: string;
  readonly setupToken?: string;
}

/** Signing in and out, the own account, profiles of servers. */
export function addAccountCommands(program: Command, make: CommandFactory): void {
  const user = ['-u, --user <name>', make.text('用户名', 'user name')] as const;
  const passwordStdin = [
    '--password-stdin',
    make.text('从标准输入读取密码', 'read the password from stdin'),
  ] as const;

  program
    .command('register')
    .description(
      make.text(
        '注册账号；第一个账号是管理员',
        'make an account; the first one is the administrator',
      ),
    )
    .option(...user)
    .option(...passwordStdin)
    .option('--invite <code>', make.text('注册码', 'invite code'))
    .option(
      '--setup-token <token>',
      make.text('安装令牌，仅第一个账号需要', 'set-up token, for the first account only'),
    )
    .action(
      make.run<SignInOptions>(async (context, options) => {
        const userName = await userNameOf(context, options);
        const password = await newPassword(context, options.passwordStdin);
        const { invite, setupToken } = options;
        await context.client.account.register(userName, password, invite, { setupToken });
        await signIn(context, userName, password);
      }),
    );

  program
    .command('login')
    .description(make.text('登录', 'sign in'))
    .option(...user)
    .option(...passwordStdin)
    .action(
      make.run<SignInOptions>(async (context, options) => {
        const userName = await userNameOf(context, options);
        const password = options.passwordStdin
          ? await passwordFromStdin()
          : await askPassword(context.terminal, context.text('密码：', 'Password: '));
        await signIn(context, userName, password);
      }),
    );

  program
    .command('logout')
    .description(make.text('退出登录', 'sign out'))
    .action(
      make.run(async ({ client, terminal }) => {
        await client.account.signOut();
        terminal.note(terminal.text('已退出登录', 'Signed out'));
      }),
    );

  program
    .command('whoami')
    .description(make.text('当前账号', 'the account that is signed in'))
    .action(
      make.run(async ({ client, terminal, profile, profileName }) => {
        const me = await client.account.me();
        terminal.result({ ...me, server: profile.url, profile: profileName }, () =>
          terminal.fields([
            [terminal.text('用户', 'user'), me.user_name],
            [terminal.text('角色', 'role'), roleText(terminal.text.bind(terminal), me.role)],
            ['uid', me.uid],
            [terminal.text('服务器', 'server'), `${profile.url} (${profileName})`],
          ]),
        );
      }),
    );

  program
    .command('passwd')
    .description(make.text('修改自己的密码', 'change the own password'))
    .action(
      make.run(async (context) => {
        const { terminal, client } = context;
        const old = await askPassword(terminal, context.text('旧密码：', 'Old password: '));
        await client.account.changePassword(old, await newPassword(context, false));
        terminal.note(
          context.text('密码已修改，其他会话已结束', 'Changed; all other sessions have ended'),
        );
      }),
    );

  addProfileCommands(program, make);
}

function addProfileCommands(program: Command, make: CommandFactory): void {
  const profile = program
    .command('profile')
    .description(make.text('服务器配置', 'the servers you work with'));
  profile
    .command('ls')
    .description(make.text('列出', 'list them'))
    .action(
      make.run(({ profiles, terminal }) => {
        const rows = profiles.list().map(([name, { url, userName }]) => ({
          name,
          url,
          userName: userName ?? null,
          current: name === profiles.current,
        }));
        terminal.result(rows, () =>
          terminal.table(
            [
              { title: '' },
              { title: terminal.text('名称', 'name') },
              { title: 'URL' },
              { title: terminal.text('用户', 'user') },
            ],
            rows.map((row) => [row.current ? '*' : ' ', row.name, row.url, row.userName]),
          ),
        );
      }),
    );
  profile
    .command('add <name> <url>')
    .description(make.text('添加或修改', 'add or change one'))
    .action(
      make.run(({ profiles }, _, name = '', url = '') =>
        profiles.set(name, { url: checkedUrl(url) }),
      ),
    );
  profile
    .command('use <name>')
    .description(make.text('设为默认', 'make it the default'))
    .action(make.run(({ profiles }, _, name = '') => profiles.use(name)));
  profile
    .command('rm <name>')
    .description(make.text('删除，连同其令牌', 'remove it with its tokens'))
    .action(make.run(({ profiles }, _, name = '') => profiles.remove(name)));
}

async function signIn(context: Context, userName: string, password: string): Promise<void> {
  const { client, profiles, profileName, profile, terminal } = context;
  const { role, uid } = await client.account.signIn(userName, password);
  profiles.set(profileName, { url: profile.url, userName });
  terminal.result({ uid, user_name: userName, role, server: profile.url }, () =>
    terminal.note(
      terminal.text(
        `已登录 ${profile.url}：${userName}（${roleText(terminal.text.bind(terminal), role)}）`,
        `Signed in at ${profile.url} as ${userName} (${roleText(terminal.text.bind(terminal), role)})`,
      ),
    ),
  );
}

export function roleText(text: (zh: string, en: string) => string, role: number): string {
  return role === 1 ? text('管理员', 'administrator') : text('普通用户', 'user');
}

async function userNameOf(
  context: Context,
  { user, passwordStdin }: SignInOptions,
): Promise<string> {
  const name = user ?? context.profile.userName;
  if (user !== undefined || (name !== undefined && passwordStdin)) return name ?? '';
  const hint = name === undefined ? '' : ` [${name}]`;
  const answer = await ask(context.terminal, context.text(`用户名${hint}：`, `User name${hint}: `));
  return answer || (name ?? '');
}

/** A new password, asked twice on a terminal. */
export async function newPassword(
  context: Context,
  fromStdin: boolean | undefined,
): Promise<string> {
  if (fromStdin) return passwordFromStdin();
  const { terminal } = context;
  const password = await askPassword(terminal, context.text('新密码：', 'New password: '));
  const again = await askPassword(terminal, context.text('再次输入：', 'Once more: '));
  if (password !== again) {
    throw new UsageError(context.text('两次输入的密码不同', 'The two passwords are not the same'));
  }
  return password;
}

function checkedUrl(url: string): string {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new UsageError(`URL: ${url}`);
  return url.replace(/\/+$/, '');
}
