// `npm run admin -- <command>`: recovers access, or lets the database go over to another engine, for an
// operator with a shell on the machine. Needs the same settings as the server (DATA_DIR, DATABASE_URL,
// PASSWORD_PEPPER, DOCKER_HOST).
import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { PasswordHasher } from '../auth/passwords/password-hasher';
import { loadSettings } from '../platform/config/load-settings';
import { dataSourceOptions } from '../schema/data-source-options';
import { migrate } from '../schema/migrate';
import { bilingual } from '../platform/i18n/bilingual';
import { AccountRecovery } from '../users/account-recovery';
import { withDatabase } from '../local-services/running-database';
import { adoptionText, adoptPresentEngine } from './engine/adopt-present-engine';
import { readArguments } from './terminal/arguments';
import { printError, printLine, runCommand } from './terminal/terminal';

const USAGE = bilingual(
  `用法：
  npm run admin -- reset <用户名>        使该用户成为管理员并设置随机新密码（不存在则创建）
  npm run admin -- reset <用户名> -      同上，新密码从标准输入读取
  npm run admin -- lift-address-bans     解除所有地址封禁
  npm run admin -- adopt-engine          数据库改属 DOCKER_HOST 后面的 Docker 引擎`,
  `Usage:
  npm run admin -- reset <name>          make it an administrator with a new random password (created if missing)
  npm run admin -- reset <name> -        the same; the password is read from standard input
  npm run admin -- lift-address-bans     lift every address ban
  npm run admin -- adopt-engine          let the database belong to the Docker Engine behind DOCKER_HOST`,
);

async function main(): Promise<number> {
  const given = readArguments(USAGE, [0, 3]);
  if (!given) return 0;
  const [command, ...rest] = given;
  if (command === 'reset' && rest[0] && (rest.length === 1 || rest[1] === '-')) {
    const name = rest[0];
    const password = rest[1] === '-' ? await readPassword() : randomBytes(15).toString('base64url');
    if (password === '') {
      printError(bilingual('密码不能为空', 'The password must not be empty'));
      return 1;
    }
    return withRecovery((recovery) => reset(recovery, name, password, rest[1] !== '-'));
  }
  if (command === 'lift-address-bans' && rest.length === 0) return withRecovery(liftBans);
  if (command === 'adopt-engine' && rest.length === 0) {
    printLine(adoptionText(await adoptPresentEngine(loadSettings())));
    return 0;
  }
  printError(USAGE);
  return 2;
}

async function reset(
  recovery: AccountRecovery,
  name: string,
  password: string,
  show: boolean,
): Promise<number> {
  const result = await recovery.resetAdmin(name, password);
  if (result === null) {
    printError(
      bilingual(
        '用户名须为 1 到 64 个字符，仅限字母、数字以及 _ . - @',
        'A user name has 1 to 64 letters or digits, or _ . - @',
      ),
    );
    return 1;
  }
  printLine(
    result === 'made'
      ? bilingual(`已创建管理员 ${name}`, `Created the administrator ${name}`)
      : bilingual(
          `${name} 现在是管理员，其所有会话已结束`,
          `${name} is now an administrator; all its sessions have ended`,
        ),
  );
  if (show) {
    printLine(bilingual(`新密码：${password}`, `New password: ${password}`));
    printLine(bilingual('请登录后立即修改。', 'Change it after signing in.'));
  }
  return 0;
}

async function liftBans(recovery: AccountRecovery): Promise<number> {
  const count = await recovery.liftAddressBans();
  printLine(bilingual(`已解除 ${count} 条地址封禁`, `Lifted ${count} address bans`));
  return 0;
}

function withRecovery(work: (recovery: AccountRecovery) => Promise<number>): Promise<number> {
  const settings = loadSettings();
  return withDatabase(settings, 'shared', async (url) => {
    await migrate(url);
    const dataSource = new DataSource({ ...dataSourceOptions(url), poolSize: 2 });
    await dataSource.initialize();
    try {
      return await work(new AccountRecovery(dataSource, PasswordHasher.from(settings)));
    } finally {
      await dataSource.destroy();
    }
  });
}

async function readPassword(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) text += String(chunk);
  return text.replace(/\r?\n$/, '');
}

void runCommand(main);
