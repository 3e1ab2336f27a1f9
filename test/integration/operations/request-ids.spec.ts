import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { AppLab } from '../../support/factories/app-lab';
import { succeeded } from '../../support/factories/users';
import { pollUntil } from '../../support/poll-until';
import { testRegistry } from '../../support/stand-in-image';

interface LogLine {
  readonly msg: string;
  readonly level: number;
  readonly requestId?: string;
  readonly tasks?: number;
  readonly state?: string;
}

const root = join(__dirname, '..', '..', '..');

describe('log lines of jobs', () => {
  let lab: AppLab;
  let worker: ChildProcess | null = null;
  const lines: LogLine[] = [];

  beforeAll(async () => {
    lab = await AppLab.start({ ROLE: 'api' });
  });
  afterAll(async () => {
    if (worker?.exitCode === null) {
      worker.kill('SIGTERM');
      await once(worker, 'exit');
    }
    await lab.close();
  });

  /** The real server, as a worker only. */
  function startWorker(): void {
    worker = spawn(
      process.execPath,
      ['-r', join(root, 'test', 'chaos', 'register.js'), join(root, 'src', 'main.ts')],
      {
        env: {
          PATH: process.env['PATH'],
          ...lab.installation.environment,
          ROLE: 'worker',
          LOG_LEVEL: 'debug',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    createInterface({ input: worker.stdout! }).on('line', (line) =>
      lines.push(JSON.parse(line) as LogLine),
    );
  }

  /** Whatever Redis knows of jobs is lost: only the rows are left for the worker to find. */
  async function loseJobs(): Promise<void> {
    const { redisUrl, redisPrefix } = lab.server.settings;
    const redis = new Redis(redisUrl ?? '');
    const keys = await redis.keys(`{${redisPrefix}-queue}:*`);
    if (keys.length > 0) await redis.del(...keys);
    redis.disconnect();
  }

  const asking = (): { id: string; http: AppLab['admin']['http'] } => {
    const id = `test-${randomBytes(8).toString('hex')}`;
    return { id, http: lab.admin.http.with({ 'x-request-id': id }) };
  };
  const sample = { pid: '1', ctdna: 209, cpg: 5 };

  it('carry the request id in another process and after a lost queue', async () => {
    await lab.writeApp('absent', `services: { web: { image: "${testRegistry()}/absent:1" } }`);
    const install = asking();
    expect((await install.http.post('/installApp', { appName: 'absent' })).status).toBe(200);
    const [batch, broken] = [asking(), asking()];
    succeeded(await batch.http.post('/api/v1/compute/addBatch', { items: [sample, sample] }));
    const { id } = succeeded(await broken.http.post('/api/v1/compute/add', sample)).body.data;
    await lab.server.dataSource.query(
      `UPDATE compute_tasks SET modelId = 'no-such-model@1' WHERE id = ?`,
      [id],
    );
    await loseJobs();
    startWorker();

    const lineOf = (requestId: string, words: RegExp): Promise<LogLine> =>
      pollUntil(`a line of ${requestId} that says ${words.source}`, () =>
        lines.find((line) => line.requestId === requestId && words.test(line.msg)),
      );
    expect(await lineOf(batch.id, /tasks ended/)).toMatchObject({ tasks: 2 });
    expect(await lineOf(broken.id, /cannot be computed/)).toMatchObject({ level: 50 });
    expect(await lineOf(install.id, /^absent: work ended/)).toMatchObject({ state: 'failed' });
    // Nothing else got hold of one of the ids.
    for (const { requestId, msg } of lines) {
      if (requestId === install.id) expect(msg).not.toMatch(/tasks/);
      if (/^absent: work/.test(msg)) expect(requestId).toBe(install.id);
    }
  });
});
