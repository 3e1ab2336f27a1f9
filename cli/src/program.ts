import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { addAccountCommands } from './commands/account.js';
import { addAdministrationCommands } from './commands/administration.js';
import { addAppCommands } from './commands/app.js';
import { addBackupCommands } from './commands/backup.js';
import { addCatalogCommands } from './commands/catalog.js';
import { addCompletionCommands } from './commands/completion.js';
import { addComputeCommands } from './commands/compute.js';
import { addNodeCommands } from './commands/node.js';
import { addServerCommands } from './commands/server.js';
import { addRegistryCommands } from './commands/registry.js';
import { addStoreCommands } from './commands/store.js';
import { CommandFactory } from './context.js';
import type { Language } from './terminal/language.js';

/** The whole command line in a language. */
export function buildProgram(language: Language): Command {
  const make = new CommandFactory(language);
  const program = new Command('stackscape')
    .description(make.text('StackScape 命令行', 'the command line of StackScape'))
    .version(versionOf(), '-V, --version', make.text('版本', 'version'))
    .helpOption('-h, --help', make.text('帮助', 'help'))
    .option('-p, --profile <name>', make.text('服务器配置', 'profile of a server'))
    .option('--server <url>', make.text('服务器地址', 'address of the server'))
    .option('--json', make.text('输出 JSON', 'results as JSON'))
    .option('--lang <zh|en>', make.text('语言', 'language'))
    .option('--no-color', make.text('不用颜色', 'without colours'))
    .addHelpText('after', `\n${exitCodes(make)}`)
    .showHelpAfterError(make.text('（--help 查看用法）', '(--help shows how)'));
  addAccountCommands(program, make);
  addAppCommands(program, make);
  addBackupCommands(program, make);
  addCatalogCommands(program, make);
  addRegistryCommands(program, make);
  addStoreCommands(program, make);
  addComputeCommands(program, make);
  addServerCommands(program, make);
  addNodeCommands(program, make);
  addAdministrationCommands(program, make);
  addCompletionCommands(program, make);
  inherit(program, make);
  return program;
}

/** Every command throws instead of ending the process, and has its help in the same language. */
function inherit(command: Command, make: CommandFactory): void {
  command.exitOverride().helpOption('-h, --help', make.text('帮助', 'help'));
  if (command.commands.length > 0) command.helpCommand(false);
  const titles: Record<string, string> = {
    'Usage:': '用法：',
    'Arguments:': '参数：',
    'Options:': '选项：',
    'Commands:': '命令：',
    'Global Options:': '全局选项：',
  };
  command.configureHelp({
    styleTitle: (title) => make.text(titles[title] ?? title, title),
    showGlobalOptions: command.commands.length === 0,
  });
  for (const child of command.commands) inherit(child, make);
}

function exitCodes(make: CommandFactory): string {
  return make.text(
    '退出码：0 成功，1 意外错误，2 用法错误，3 未登录，4 无权限或被封禁，5 不存在，6 冲突，7 参数错误，8 超过配额或频率，9 连接失败，10 服务器错误，11 任务失败，130 中断',
    'Exit codes: 0 done, 1 unexpected, 2 wrong use, 3 not signed in, 4 denied or banned, 5 not found, 6 conflict, 7 invalid, 8 quota or rate, 9 no connection, 10 server error, 11 a job failed, 130 interrupted',
  );
}

function versionOf(): string {
  const file = readFileSync(join(__dirname, '..', 'package.json'), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
