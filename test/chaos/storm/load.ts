import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { withDeadline } from '../../../src/platform/waiting/deadline';
import type { AppInfo, AppLab } from '../../support/factories/app-lab';
import {
  issueCode,
  signIn,
  signUpUser,
  uniqueName,
  type SignedIn,
} from '../../support/factories/users';
import { HttpClient, type HttpAnswer } from '../../support/http-client';
import { removeStandIn } from '../../support/stand-in-image';
import type { SeededRandom } from './random';
import type { StormProcess } from './storm-process';
import type { StormApp } from './storm-world';
import type { Told } from './told';

export interface LoadOptions {
  readonly lab: AppLab;
  readonly apis: readonly StormProcess[];
  readonly told: Told;
  readonly random: SeededRandom;
  /** Apps of the lab's catalog to install and uninstall, one client each. */
  readonly apps: readonly StormApp[];
  /** When hands or faults last touched the apps, in `performance.now()`. */
  readonly lastFault: () => number;
}

const SAMPLE = { pid: '2333', ctdna: 209, cpg: 5 };
/** Tasks in a submission: usually up to the first, under pressure the second. */
const FEW = 20;
const MANY = 1_000;
const PAUSE_MS = 40;
/** Longer than any call waits; after a SIGSTOP the answer counts as lost. */
const CALL_MS = 15_000;
export const CODE_USES = 30;

/** Clients that use the product while it suffers, each checking what it is answered. */
export class Load {
  /** Submissions are as large as allowed, to fill a disk. */
  pressing = false;
  private over = false;
  private readonly running: Promise<void>[] = [];

  constructor(private readonly options: LoadOptions) {}

  async begin(): Promise<void> {
    const { lab } = this.options;
    const { server, admin } = lab;
    const users: SignedIn[] = [];
    for (let i = 0; i < 3; i++) users.push(await signUpUser(server, admin));
    const suspect = await signUpUser(server, admin);
    const code = await issueCode(admin, `maxUses=${CODE_USES}`);
    this.options.told.tasks.clear();
    const clients = [
      ...users.map((user) => () => this.submit(user)),
      () => this.register(code),
      () => this.banAndUnban(suspect),
      () => this.tryAdministration(users[0]!),
      ...this.options.apps.map((app) => () => this.installAndUninstall(app)),
    ];
    this.running.push(...clients.map((client) => this.repeat(client)));
  }

  async end(): Promise<void> {
    this.over = true;
    await Promise.all(this.running);
  }

  private async repeat(client: () => Promise<void>): Promise<void> {
    while (!this.over) {
      await client();
      await pause(PAUSE_MS);
    }
  }

  /** An answer, or null when it was lost. Every answer must be one that a client can act on. */
  private async call(
    method: string,
    path: string,
    token: string | null,
    body?: unknown,
    api = this.options.random.pick(this.options.apis),
  ): Promise<HttpAnswer | null> {
    const { told } = this.options;
    told.requests += 1;
    const client = new HttpClient(api.url, token ?? undefined);
    const sent = client.send(method, path, body).catch(() => null);
    const answer = await withDeadline<HttpAnswer | null>(sent, CALL_MS, () => null);
    if (!answer) {
      told.lost += 1;
      return null;
    }
    told.answers += 1;
    told.byStatus.set(answer.status, (told.byStatus.get(answer.status) ?? 0) + 1);
    const { code, error, requestId } = (answer.body ?? {}) as Record<string, unknown>;
    const text = JSON.stringify(answer.body).slice(0, 300);
    if (answer.status === 503 && text.includes('数据库所在磁盘已满')) told.databaseFull += 1;
    if (answer.status === 500) told.violation(`${method} ${path}: 500 ${text}`);
    if (answer.status === 503 && Number(error ?? code) !== 50000)
      told.violation(`${method} ${path}: 503 without 50000: ${text}`);
    if (answer.status >= 400 && typeof requestId !== 'string')
      told.violation(`${method} ${path}: failure without a request id: ${text}`);
    return answer;
  }

  private async submit(user: SignedIn): Promise<void> {
    const { told, random } = this.options;
    const length = this.pressing ? MANY : random.between(1, FEW);
    const items = Array.from({ length }, () => SAMPLE);
    const answer = await this.call('POST', '/api/v1/compute/addBatch', user.accessToken, { items });
    const { uid } = user;
    if (answer?.status === 200)
      told.tasks.set(uid, [...(told.tasks.get(uid) ?? []), ...(answer.body.data.ids as string[])]);
    else if (!answer || answer.status === 503)
      told.unknownTasks.set(uid, (told.unknownTasks.get(uid) ?? 0) + items.length);
    else if (answer.status !== 401) told.violation(`addBatch: ${JSON.stringify(answer.body)}`);
  }

  private async register(code: string): Promise<void> {
    const { told } = this.options;
    const name = uniqueName('storm');
    const password = passwordDigest(name);
    const body = { user_name: name, password, invite_code: code };
    const answer = await this.call('POST', '/api/v1/user/register', null, body);
    if (answer?.status === 200) told.accounts.push({ name, password });
    else if (!answer || answer.status === 503) told.unknownAccounts += 1;
    else if (answer.body.code !== 60202) told.violation(`register: ${JSON.stringify(answer.body)}`);
    await pause(500);
  }

  /** A ban that was answered holds on every process for every call that begins after it. */
  private async banAndUnban(suspect: SignedIn): Promise<void> {
    const { lab, told, apis } = this.options;
    const path = `/api/v1/user/admin/modifyStatus/${suspect.uid}?status=`;
    const banned = await this.call('POST', `${path}1`, lab.admin.accessToken);
    if (banned?.status === 200) {
      for (const api of apis) {
        const me = await this.call('GET', '/api/v1/user/me', suspect.accessToken, undefined, api);
        if (me?.status === 200) told.violation(`${api.name} let a banned user in`);
        if (me) told.bansChecked += 1;
      }
    }
    await this.call('POST', `${path}0`, lab.admin.accessToken);
    await pause(200);
  }

  private async tryAdministration(user: SignedIn): Promise<void> {
    const { told } = this.options;
    const answer = await this.call('GET', '/api/v1/user/admin/list', user.accessToken);
    if (answer?.status === 200)
      told.violation('an ordinary user was served an administrator route');
    if (answer) told.roleChecks += 1;
    await pause(200);
  }

  /** Installs, waits a while, sometimes cancels, watches, uninstalls with all data. */
  private async installAndUninstall({ name: appName, pulls }: StormApp): Promise<void> {
    const { lab, told, random } = this.options;
    const { accessToken } = lab.admin;
    const install = await this.call('POST', '/installApp', accessToken, { appName });
    if (install?.status === 200) told.installs += 1;
    const cancelAt = random.next() < 0.25 ? random.between(1, 8) : Infinity;
    for (let i = 0; i < 60 && !this.over; i++) {
      const info = await this.call('POST', '/getAppInfo', accessToken, { appName });
      const { status, cause, info: text } = (info?.body?.data ?? {}) as Partial<AppInfo>;
      if (status === '1') await this.watch(appName);
      if (status === '2') told.failed(appName, cause ?? 'none', text ?? '');
      if (status === '1' || status === '2' || info?.status === 404) break;
      if (i === cancelAt) await this.call('POST', `/api/v1/apps/${appName}/cancel`, accessToken);
      await pause(250);
    }
    const removal = { appName, removeData: true };
    const removed = await this.call('POST', '/uninstallApp', accessToken, removal);
    if (removed?.status === 200) told.uninstalls += 1;
    if (pulls) await removeStandIn(pulls).catch(() => undefined);
  }

  /** An app that runs goes on running as long as nobody touches it. */
  private async watch(appName: string): Promise<void> {
    const { lab, told, lastFault } = this.options;
    const since = performance.now();
    for (let i = 0; i < 5 && !this.over; i++) {
      await pause(300);
      const answer = await this.call('POST', '/getAppInfo', lab.admin.accessToken, { appName });
      // A fault shortly before may still show: containers that were killed, a database that was away.
      if (lastFault() > since - 15_000) return;
      const { status, info } = (answer?.body?.data ?? {}) as Partial<AppInfo>;
      if (status !== undefined && status !== '1')
        told.violation(`${appName} ran and then had status ${status}: ${String(info)}`);
    }
  }
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Every acknowledged account can sign in. */
export async function signInAll(lab: AppLab, told: Told): Promise<void> {
  for (const account of told.accounts)
    await signIn(lab.server, account).catch((error: unknown) =>
      told.violation(`an acknowledged account cannot sign in: ${String(error)}`),
    );
}
