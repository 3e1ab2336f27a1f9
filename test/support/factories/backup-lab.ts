import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { digestTree } from '../../../src/apps/backups/tree-digest';
import type { Environment } from '../../../src/platform/config/load-settings';
import type { HttpAnswer } from '../http-client';
import { pollUntil } from '../poll-until';
import { AppLab, type AppInfo, type EngineLeftovers } from './app-lab';

export interface BackupAnswer {
  readonly id: string;
  readonly state: string;
  readonly phase: string;
  readonly failure: string | null;
  readonly added: number;
  readonly downtime: number;
  readonly consistency: 'hook' | 'stopped' | null;
  readonly verifiedAt: number | null;
}

const AT_WORK = ['saving', 'restoring', 'verifying', 'removing'];
const BYTES = 2_000_000;

/** A lab with apps of one volume, whose backups are made, used and compared. */
export class BackupLab {
  private image: Promise<string> | null = null;

  private constructor(readonly lab: AppLab) {}

  static async start(environment: Environment, engine?: Docker): Promise<BackupLab> {
    return new BackupLab(await AppLab.start(environment, engine));
  }

  get admin() {
    return this.lab.admin;
  }
  get server() {
    return this.lab.server;
  }
  get prefix(): string {
    return this.lab.prefix;
  }
  get catalog(): string {
    return this.lab.catalog;
  }

  leftovers(): Promise<EngineLeftovers> {
    return this.lab.leftovers();
  }

  settled(app: string, status: '0' | '1' | '2', deadlineMs?: number): Promise<AppInfo> {
    return this.lab.settled(app, status, deadlineMs);
  }

  install(app: string): Promise<HttpAnswer> {
    return this.lab.install(app);
  }

  async uninstall(app: string, removeData: boolean): Promise<void> {
    const answer = await this.lab.uninstall(app, removeData);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  }

  /** With some data in its volume. Answers its port. */
  async installed(app: string): Promise<string> {
    this.image ??= this.lab.image({ listen: [8080], page: 'up' });
    await this.lab.writeApp(
      app,
      `
services:
  web:
    image: ${await this.image}
    restart: unless-stopped
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data"]
volumes: { data: }
`,
    );
    const { port } = await this.lab.installed(app);
    await this.change(app);
    return port;
  }

  async volume(app: string): Promise<string> {
    return this.lab.volumeFolder(app);
  }

  async digest(app: string): Promise<string> {
    return (await digestTree(await this.volume(app))).digest;
  }

  /** Writes other data and answers their digest. */
  async change(app: string, bytes = BYTES): Promise<string> {
    await writeFile(join(await this.volume(app), 'bytes'), randomBytes(bytes));
    return this.digest(app);
  }

  call(app: string, method: string, path = '', body?: object): Promise<HttpAnswer> {
    const http = this.admin.http.with({ 'accept-language': 'en' });
    return http.send(method, `/api/v1/apps/${app}/backups${path}`, body);
  }

  /** Waits for the end of the work on a backup; null: it is gone. */
  async over(app: string, id: string): Promise<BackupAnswer | null> {
    const { backup } = await pollUntil(
      `the work on a backup of ${app} to end`,
      async () => {
        const { status, body } = await this.call(app, 'GET', `/${id}`);
        if (status === 404) return { backup: null };
        return AT_WORK.includes(body.data.state) ? null : { backup: body.data as BackupAnswer };
      },
      { deadlineMs: 240_000, everyMs: 50 },
    );
    return backup;
  }

  /** Begins some work and waits for its end; null: the backup is gone. */
  async done(app: string, method: string, path = '', body?: object): Promise<BackupAnswer | null> {
    const answer = await this.call(app, method, path, body);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return this.over(app, answer.body.data.id as string);
  }

  async failed(app: string, method: string, path = '', body?: object): Promise<BackupAnswer> {
    const backup = await this.done(app, method, path, body);
    if (!backup?.failure) throw new Error(`did not fail: ${JSON.stringify(backup)}`);
    return backup;
  }

  async saved(app: string, body: object = {}): Promise<BackupAnswer> {
    const backup = await this.done(app, 'POST', '', body);
    if (backup?.state !== 'saved') throw new Error(JSON.stringify(backup));
    return backup;
  }

  close(): Promise<void> {
    return this.lab.close();
  }

  /** Leaves the engine alone: its apps belong to another lab with the same prefix. */
  closeServers(): Promise<void> {
    return this.lab.closeServers();
  }
}
