import type { Schema } from '@stackscape/client';
import type { Command } from 'commander';
import type { CommandFactory, Context } from '../context.js';
import { UsageError } from '../exit-codes.js';
import { moment } from '../terminal/figures.js';
import { newPassword, roleText } from './account.js';
import { wholeNumber } from './whole-number.js';

/** Users, invite codes and the audit log; for administrators. */
export function addAdministrationCommands(program: Command, make: CommandFactory): void {
  addUserCommands(program, make);
  addInviteCommands(program, make);
  addAuditCommands(program, make);
}

function addUserCommands(program: Command, make: CommandFactory): void {
  const user = program
    .command('user')
    .description(make.text('用户（管理员）', 'users (administrators)'));

  user
    .command('ls [search]')
    .description(make.text('列出用户', 'list them'))
    .option('--page <number>', make.text('页码', 'page'), wholeNumber)
    .option('--limit <number>', make.text('每页条数', 'entries a page'), wholeNumber, 100)
    .option('--pending', make.text('只看待审核', 'only those that await approval'))
    .action(
      make.run<{ page?: number; limit?: number; pending?: boolean }>(
        async ({ client, terminal }, options, search) => {
          const page = await client.users.list({ ...options, ...(search ? { search } : {}) });
          const text = terminal.text.bind(terminal);
          terminal.result(page, () => {
            terminal.table(
              [
                { title: text('用户', 'user') },
                { title: text('角色', 'role') },
                { title: text('状态', 'status') },
                { title: text('配额', 'quota'), align: 'right' },
                { title: text('上次登录', 'last login') },
                { title: 'uid' },
              ],
              page.items.map((u) => [
                u.user_name,
                roleText(text, u.role),
                statusText(text, u),
                u.quota,
                moment(u.last_login),
                u.uid,
              ]),
            );
            terminal.note(text(`共 ${page.total} 个`, `${page.total} in all`));
          });
        },
      ),
    );

  user
    .command('add <name>')
    .description(make.text('添加用户', 'add one'))
    .option('--admin', make.text('管理员', 'as administrator'))
    .option('--password-stdin', make.text('从标准输入读取密码', 'read the password from stdin'))
    .action(
      make.run<{ admin?: boolean; passwordStdin?: boolean }>(
        async (context, options, name = '') => {
          const password = await newPassword(context, options.passwordStdin);
          const added = await context.client.users.add(name, password, options.admin ? 1 : 0);
          context.terminal.result(added, () => context.terminal.line(added.uid));
        },
      ),
    );

  const change = (
    usage: string,
    zh: string,
    en: string,
    work: (context: Context, uid: string, value: string) => Promise<void>,
  ): void => {
    user
      .command(usage)
      .description(make.text(zh, en))
      .action(
        make.run(async (context, _, name = '', value = '') => {
          const uid = await context.uidOf(name);
          await work(context, uid, value);
          const changed = await context.client.users.get(uid);
          const text = context.terminal.text.bind(context.terminal);
          context.terminal.result(changed, () =>
            context.terminal.line(
              `${changed.user_name}: ${roleText(text, changed.role)}, ${statusText(text, changed)}`,
            ),
          );
        }),
      );
  };
  change('approve <user>', '批准待审核用户', 'approve one that awaits it', ({ client }, uid) =>
    client.users.approve(uid),
  );
  change('unban <user>', '解除封禁', 'lift the ban', ({ client }, uid) =>
    client.users.setStatus(uid, 0),
  );
  change('role <user> <role>', '角色：admin 或 user', 'admin or user', ({ client }, uid, role) => {
    if (role !== 'admin' && role !== 'user') throw new UsageError('role: admin, user');
    return client.users.setRole(uid, role === 'admin' ? 1 : 0);
  });
  change(
    'quota <user> <number>',
    '每日计算配额；default 为服务器默认值',
    'computations a day; `default` for the server’s',
    ({ client }, uid, quota) =>
      client.users.setQuota(uid, quota === 'default' ? null : wholeNumber(quota)),
  );

  user
    .command('ban <user>')
    .description(make.text('封禁', 'ban it'))
    .option('--compute', make.text('只禁止计算', 'from computing only'))
    .action(
      make.run<{ compute?: boolean }>(async (context, { compute }, name = '') => {
        const uid = await context.uidOf(name);
        await context.client.users.setStatus(uid, compute ? 3 : 1);
        const { terminal } = context;
        terminal.result({ uid, status: compute ? 3 : 1 }, () =>
          terminal.line(context.text('已封禁', 'banned')),
        );
      }),
    );

  user
    .command('sessions <user>')
    .description(make.text('用户的会话', 'where the user is signed in'))
    .action(
      make.run(async (context, _, name = '') => {
        const sessions = await context.client.users.sessions(await context.uidOf(name));
        const { terminal } = context;
        terminal.result(sessions, () =>
          terminal.table(
            [
              { title: terminal.text('最近使用', 'last used') },
              { title: terminal.text('地址', 'address') },
              { title: terminal.text('设备', 'device') },
              { title: 'sid' },
            ],
            sessions.map((s) => [moment(s.last_used), s.address, s.user_agent, s.sid]),
          ),
        );
      }),
    );

  user
    .command('end-session <user> <sid>')
    .description(make.text('结束用户的一个会话', 'end one of the sessions'))
    .action(
      make.run(async (context, _, name = '', sid = '') => {
        await context.client.users.endSession(await context.uidOf(name), sid);
        const { terminal } = context;
        terminal.result({ sid, ended: true }, () =>
          terminal.line(terminal.text('已结束', 'ended')),
        );
      }),
    );

  user
    .command('passwd <user>')
    .description(make.text('设置密码；该用户的会话全部结束', 'set its password; its sessions end'))
    .option('--password-stdin', make.text('从标准输入读取密码', 'read the password from stdin'))
    .action(
      make.run<{ passwordStdin?: boolean }>(async (context, { passwordStdin }, name = '') => {
        const uid = await context.uidOf(name);
        await context.client.users.setPassword(uid, await newPassword(context, passwordStdin));
        context.terminal.result({ uid }, () =>
          context.terminal.line(context.text('密码已修改', 'changed')),
        );
      }),
    );
}

interface NewInviteOptions {
  readonly count?: number;
  readonly maxUses?: number;
  readonly expires?: string;
  readonly note?: string;
  readonly approval?: boolean;
}

function addInviteCommands(program: Command, make: CommandFactory): void {
  const invite = program
    .command('invite')
    .description(make.text('注册码（管理员）', 'invite codes (administrators)'));

  invite
    .command('new')
    .description(make.text('生成注册码', 'issue codes'))
    .option('-n, --count <number>', make.text('个数', 'how many'), wholeNumber)
    .option('--max-uses <number>', make.text('每个可用次数', 'uses of each'), wholeNumber)
    .option('--expires <time>', make.text('失效时间（ISO 8601）', 'when they end (ISO 8601)'))
    .option('--note <text>', make.text('备注', 'a note'))
    .option('--approval', make.text('注册后需要审核', 'accounts await approval'))
    .action(
      make.run<NewInviteOptions>(async ({ client, terminal }, { expires, ...options }) => {
        const expired = expires === undefined ? {} : { expired: timeOf(expires) };
        const codes = await client.inviteCodes.issue({ ...options, ...expired });
        terminal.result(codes, () => codes.forEach((code) => terminal.line(code)));
      }),
    );

  invite
    .command('ls')
    .description(make.text('列出注册码', 'list them'))
    .option('--state <state>', 'valid, used, expired, revoked')
    .option('--page <number>', make.text('页码', 'page'), wholeNumber)
    .option('--limit <number>', make.text('每页条数', 'entries a page'), wholeNumber, 100)
    .action(
      make.run<{ state?: Schema<'InviteCodeState'>; page?: number; limit?: number }>(
        async ({ client, terminal }, options) => {
          const page = await client.inviteCodes.list(options);
          terminal.result(page, () =>
            terminal.table(
              [
                { title: terminal.text('注册码', 'code') },
                { title: terminal.text('状态', 'state') },
                { title: terminal.text('已用', 'used'), align: 'right' },
                { title: terminal.text('失效', 'ends') },
                { title: terminal.text('使用者', 'used by') },
                { title: terminal.text('备注', 'note') },
              ],
              page.items.map((code) => [
                code.code,
                code.state,
                `${code.used_count}/${code.max_uses}`,
                moment(code.expired),
                code.uses.map((use) => use.user_name).join(' '),
                code.note,
              ]),
            ),
          );
        },
      ),
    );

  invite
    .command('revoke <code>')
    .description(make.text('撤销', 'revoke one'))
    .action(
      make.run(async ({ client, terminal }, _, code = '') => {
        await client.inviteCodes.revoke(code);
        terminal.result({ code, revoked: true }, () =>
          terminal.line(terminal.text('已撤销', 'revoked')),
        );
      }),
    );
}

interface AuditOptions {
  readonly action?: string;
  readonly actor?: string;
  readonly target?: string;
  readonly ip?: string;
  readonly from?: string;
  readonly to?: string;
  readonly page?: number;
  readonly limit?: number;
}

function addAuditCommands(program: Command, make: CommandFactory): void {
  program
    .command('audit')
    .description(make.text('审计日志（管理员）', 'the audit log (administrators)'))
    .command('ls')
    .description(make.text('列出', 'list it'))
    .option('--action <name>', make.text('操作', 'action'))
    .option('--actor <uid>', make.text('操作者', 'who did it'))
    .option('--target <text>', make.text('对象', 'to what'))
    .option('--ip <address>', make.text('地址', 'from where'))
    .option('--from <time>', make.text('起（ISO 8601）', 'from this time on (ISO 8601)'))
    .option('--to <time>', make.text('止（ISO 8601）', 'up to this time (ISO 8601)'))
    .option('--page <number>', make.text('页码', 'page'), wholeNumber)
    .option('--limit <number>', make.text('每页条数', 'entries a page'), wholeNumber, 50)
    .action(
      make.run<AuditOptions>(async ({ client, terminal }, { from, to, ...options }) => {
        const page = await client.audit.list({
          ...options,
          ...(from === undefined ? {} : { from: timeOf(from) }),
          ...(to === undefined ? {} : { to: timeOf(to) }),
        });
        const nameOf = (who: unknown): string => {
          const named = who as
            | { user_name?: string; uid?: string; name?: string; id?: string }
            | string
            | null
            | undefined;
          if (typeof named !== 'object' || named === null) return named ?? '–';
          return named.user_name ?? named.name ?? named.uid ?? named.id ?? '–';
        };
        terminal.result(page, () =>
          terminal.table(
            [
              { title: terminal.text('时间', 'time') },
              { title: terminal.text('操作者', 'who') },
              { title: terminal.text('操作', 'action') },
              { title: terminal.text('对象', 'to what') },
              { title: terminal.text('结果', 'outcome') },
              { title: terminal.text('地址', 'from') },
            ],
            page.items.map((event) => [
              moment(event.time),
              nameOf(event.actor),
              event.action,
              nameOf(event.target),
              event.outcome,
              event.ip,
            ]),
          ),
        );
      }),
    );
}

function timeOf(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new UsageError(`ISO 8601: ${text}`);
  return ms;
}

function statusText(
  text: (zh: string, en: string) => string,
  { status, pending }: Schema<'UserDto'>,
): string {
  if (pending) return text('待审核', 'awaits approval');
  const texts = [
    text('正常', 'normal'),
    text('已封禁', 'banned'),
    text('已注销', 'deregistered'),
    text('禁止计算', 'banned from computing'),
  ];
  return texts[status] ?? String(status);
}
