import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DemoFailure, fieldsOf, type DemoClient } from './demo-client';
import { OperatorError } from '../../platform/errors/operator-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { passwordDigest } from '../../auth/passwords/password-digest';
import { SETUP_TOKEN_HEADER } from '../../users/setup-token';
import { printLine } from '../terminal/terminal';

interface Account {
  readonly user_name: string;
  readonly password: string;
}

const SUCCESS = 20000;
const INVITE_CODE_INVALID = 60202;
const NAME_TAKEN = 60201;

/**
 * Signs in with STACKSCAPE_USER and STACKSCAPE_PASSWORD, or with the account of an earlier demo, or
 * becomes the administrator of a new server. The demo's password is kept in the data folder, mode 0600.
 */
export async function signIn(client: DemoClient, dataDir: string): Promise<void> {
  const file = join(dataDir, 'demo-account.json');
  const account =
    accountFromEnvironment() ??
    accountFromFile(file) ??
    (await becomeAdministrator(client, dataDir, file));
  const answer = await client.call('POST', '/api/v1/user/login', {
    ...account,
    password: passwordDigest(account.password),
  });
  if (answer.code !== SUCCESS) throw needsAccount(`${answer.message} — `);
  const { access_token: token, role } = fieldsOf(answer, 'login');
  if (Number(role) !== 1)
    throw new DemoFailure(`${account.user_name}: not an administrator / 不是管理员`);
  client.useToken(String(token));
  printLine(bilingual(`✔ 已登录「${account.user_name}」`, `✔ Signed in as "${account.user_name}"`));
}

function accountFromEnvironment(): Account | null {
  const { STACKSCAPE_USER: user, STACKSCAPE_PASSWORD: password } = process.env;
  return user && password ? { user_name: user, password } : null;
}

function accountFromFile(file: string): Account | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Account) : null;
}

async function becomeAdministrator(
  client: DemoClient,
  dataDir: string,
  file: string,
): Promise<Account> {
  const account: Account = { user_name: 'admin', password: randomBytes(12).toString('base64url') };
  const body = { ...account, password: passwordDigest(account.password) };
  const token = setupTokenOf(dataDir);
  const answer = await client.call('POST', '/api/v1/user/register', body, token);
  if (answer.code === INVITE_CODE_INVALID || answer.code === NAME_TAKEN) throw needsAccount();
  if (answer.code !== SUCCESS) throw new DemoFailure(`register: ${answer.code} ${answer.message}`);
  writeFileSync(file, `${JSON.stringify(account)}\n`, { mode: 0o600 });
  const { user_name: name } = account;
  printLine(
    bilingual(
      `✔ 注册了第一个账号「${name}」，即管理员；密码保存在 ${file}`,
      `✔ Registered the first account, "${name}", as administrator. Its password is in ${file}`,
    ),
  );
  return account;
}

/** The server keeps it there until there is an administrator. */
function setupTokenOf(dataDir: string): Record<string, string> {
  const file = join(dataDir, 'secrets', 'setup-token');
  return existsSync(file) ? { [SETUP_TOKEN_HEADER]: readFileSync(file, 'utf8').trim() } : {};
}

function needsAccount(reason = ''): OperatorError {
  return new OperatorError(
    bilingual(
      `${reason}管理员已经存在。请用 STACKSCAPE_USER 和 STACKSCAPE_PASSWORD 提供管理员的用户名和密码，再运行演示。`,
      `${reason}An administrator exists. Set STACKSCAPE_USER and STACKSCAPE_PASSWORD to the name and password of one, then run the demo again.`,
    ),
  );
}
