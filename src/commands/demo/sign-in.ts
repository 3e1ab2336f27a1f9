import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DemoFailure, fieldsOf, type DemoClient } from './demo-client';
import { say, sentence } from './say';

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
    accountFromEnvironment() ?? accountFromFile(file) ?? (await becomeAdministrator(client, file));
  const answer = await client.call('POST', '/api/v1/user/login', {
    ...account,
    password: digest(account.password),
  });
  if (answer.code !== SUCCESS)
    throw new DemoFailure(`${answer.message} — ${sentence('needs-account')}`);
  const { access_token: token, role } = fieldsOf(answer, 'login');
  if (Number(role) !== 1) throw new DemoFailure(sentence('not-admin', { name: account.user_name }));
  client.useToken(String(token));
  say('signed-in', { name: account.user_name });
}

function accountFromEnvironment(): Account | null {
  const { STACKSCAPE_USER: user, STACKSCAPE_PASSWORD: password } = process.env;
  return user && password ? { user_name: user, password } : null;
}

function accountFromFile(file: string): Account | null {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Account) : null;
}

async function becomeAdministrator(client: DemoClient, file: string): Promise<Account> {
  const account: Account = { user_name: 'admin', password: randomBytes(12).toString('base64url') };
  const answer = await client.call('POST', '/api/v1/user/register', {
    ...account,
    password: digest(account.password),
  });
  if (answer.code === INVITE_CODE_INVALID || answer.code === NAME_TAKEN)
    throw new DemoFailure(sentence('needs-account'));
  if (answer.code !== SUCCESS) throw new DemoFailure(`register: ${answer.code} ${answer.message}`);
  writeFileSync(file, `${JSON.stringify(account)}\n`, { mode: 0o600 });
  say('became-admin', { name: account.user_name, file });
  return account;
}

/** The form in which passwords travel: hex(sha256(hex(sha256(plain)))). */
function digest(plain: string): string {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  return sha256(sha256(plain));
}
