import { randomBytes } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BackupLab } from '../support/factories/backup-lab';
import { buildMachineImage, type MachineImage } from '../support/databases/machine-image';
import { mariadbImage, postgresImage, redisImage } from '../support/databases/server-images';
import { pollUntil } from '../support/poll-until';
import { PrivateEngine } from '../support/private-engine';
import { buildStandIn } from '../support/stand-in-image';
import { DATABASES, type Database } from './workloads';

const WRITERS = 4;
/** Transactions before the save begins and after it has ended, of all writers. */
const BEFORE = 60;
const AFTER = 20;

/** Apps of our own catalog, with servers of this machine. */
const APPS: readonly { app: string; container: string; database: Database; web?: [string, number] }[] = [
  { app: 'mariadb', container: 'mariadb', database: DATABASES.mariadbAsRoot },
  { app: 'postgres', container: 'postgres', database: DATABASES.postgres },
  { app: 'redis', container: 'redis', database: DATABASES.redis },
  { app: 'matomo', container: 'matomo-db', database: DATABASES.mariadb, web: ['matomo:5.8.0-apache', 80] },
  { app: 'wikijs', container: 'wikijs-db', database: DATABASES.postgres, web: ['requarks/wiki:2.5.309', 3000] },
]; // prettier-ignore

const ASK = '#!/bin/sh\nexit 0\n';

/** A server with an engine that holds nothing but the images. */
class Machine {
  private constructor(
    readonly engine: PrivateEngine,
    readonly lab: BackupLab,
  ) {}

  static async start(repository: string, prefix: string): Promise<Machine> {
    const engine = await PrivateEngine.start({ networks: 16 });
    try {
      return new Machine(engine, await Machine.fill(engine, repository, prefix));
    } catch (error) {
      await engine.destroy();
      throw error;
    }
  }

  private static async fill(
    engine: PrivateEngine,
    repository: string,
    prefix: string,
  ): Promise<BackupLab> {
    const images: MachineImage[] = [
      mariadbImage('mariadb:11.4.8'),
      postgresImage('postgres:17.6-alpine'),
      redisImage('redis:7.4.5-alpine'),
    ];
    for (const image of images) await buildMachineImage(image, engine.host);
    for (const { web } of APPS)
      if (web) await buildStandIn(web[0], { listen: [web[1]], files: { '/bin/curl': ASK, '/bin/node': ASK } }, engine.docker); // prettier-ignore
    return BackupLab.start(
      {
        DOCKER_HOST: engine.host,
        CATALOG_PATHS: '',
        CONTAINER_PREFIX: prefix,
        BACKUP_REPOSITORIES: `local=${repository}`,
      },
      engine.docker,
    );
  }

  async lose(): Promise<void> {
    await this.lab.close();
    await this.engine.destroy();
  }

  container(name: string): string {
    return `${this.lab.prefix}${name}`;
  }

  /** Runs a script in a container and answers what it prints. */
  async run(container: string, script: string): Promise<string> {
    const child = this.begin(container, script);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`${script} ended with ${code}: ${output}`);
    return output.trim();
  }

  begin(container: string, script: string): ChildProcess {
    return spawn('docker', ['exec', this.container(container), 'sh', '-c', script], {
      env: { ...process.env, DOCKER_HOST: this.engine.host },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }
}

/** Writes transaction after transaction; knows which of them the database has confirmed. */
class Writer {
  private confirmed = 0;
  private readonly child: ChildProcess;

  constructor(machine: Machine, container: string, { transaction }: Database, writer: number) {
    const loop = `n=0; while [ ! -e /tmp/stop ]; do n=$((n + 1)); ${transaction(writer)} > /dev/null || exit 1; echo $n; done`;
    this.child = machine.begin(container, loop);
    if (this.child.stdout)
      createInterface(this.child.stdout).on('line', (line) => (this.confirmed = Number(line)));
  }

  /** Number of the last transaction that was confirmed. */
  get last(): number {
    if (this.child.exitCode) throw new Error(`a writer ended with ${this.child.exitCode}`);
    return this.confirmed;
  }

  async ended(): Promise<void> {
    if (this.child.exitCode === null) await once(this.child, 'exit');
  }
}

describe('databases that are written to', () => {
  let folder: string;
  let machine: Machine;
  const prefix = `db${randomBytes(3).toString('hex')}-`;
  const known = new Map<string, { id: string; expected: (writer: number, n: number) => string }>();
  const bounds = new Map<string, { from: number[]; to: number[] }>();
  let key: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'databases-'));
    machine = await Machine.start(join(folder, 'repository'), prefix);
  });
  afterAll(async () => {
    await machine?.lose();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(APPS)('of $app are saved while the app runs', async ({ app, container, database }) => {
    const { lab } = machine;
    const install = await lab.lab.install(app);
    expect([install.status, install.body]).toEqual([200, install.body]);
    await lab.settled(app, '1', 120_000);
    await machine.run(container, database.prepare);
    const writers = Array.from({ length: WRITERS }, (_, n) => new Writer(machine, container, database, n)); // prettier-ignore
    const total = (): number => writers.reduce((sum, { last }) => sum + last, 0);
    const lasts = (): number[] => writers.map(({ last }) => last);
    await pollUntil('transactions', () => total() >= BEFORE, { deadlineMs: 120_000 });
    const from = lasts();
    const backup = await lab.saved(app);
    const to = lasts();
    const after = total() + AFTER;
    await pollUntil('transactions', () => total() >= after, { deadlineMs: 120_000 });
    await machine.run(container, 'touch /tmp/stop');
    await Promise.all(writers.map((writer) => writer.ended()));
    expect(backup).toMatchObject({ consistency: 'hook', downtime: 0 });
    bounds.set(app, { from, to });
    // What the database holds after each transaction, asked of it while it is there.
    const sums = new Map<string, string>();
    for (let writer = 0; writer < WRITERS; writer += 1) {
      const lines = (await machine.run(container, database.sums(writer))).split('\n');
      for (const line of lines) {
        const [n = '', sum = ''] = line.split(/[\t|]/);
        sums.set(`${writer} ${n}`, sum);
      }
    }
    known.set(app, { id: backup.id, expected: (writer, n) => sums.get(`${writer} ${n}`) ?? 'none' });
  }); // prettier-ignore

  it('come back on an empty machine from repository and key', async () => {
    const answer = await machine.lab.admin.http.post('/api/v1/backups/repositories/local/key');
    key = answer.body.data.key;
    await machine.lose();
    machine = await Machine.start(join(folder, 'repository'), prefix);
    expect((await machine.lab.leftovers()).volumes).toEqual([]);
    const opened = await machine.lab.admin.http.post('/api/v1/backups/repositories/local/open', { key }); // prettier-ignore
    expect(opened.body.data.added).toBe(APPS.length);
  });

  it.each(APPS)('of $app hold what they held at one moment of the save', async ({ app, container, database }) => {
    const { from, to } = bounds.get(app) ?? { from: [], to: [] };
    const [{ id }] = (await machine.lab.call(app, 'GET')).body.data.items;
    const restored = await machine.lab.done(app, 'POST', `/${id}/restore`);
    expect(restored).toMatchObject({ state: 'saved', failure: null });
    await machine.lab.settled(app, '1', 60_000);
    for (let writer = 0; writer < WRITERS; writer += 1) {
      const lines = (await machine.run(container, database.sums(writer))).split('\n');
      const [n = '', sum = ''] = (lines.at(-1) ?? '').split(/[\t|]/);
      // Everything that was confirmed before the save, nothing that began after it.
      expect(Number(n)).toBeGreaterThanOrEqual(from[writer] ?? Infinity);
      expect(Number(n)).toBeLessThanOrEqual((to[writer] ?? 0) + 1);
      expect(sum).toBe(known.get(app)?.expected(writer, Number(n)));
    }
    // Each transaction is there as a whole.
    expect(await machine.run(container, database.torn)).toBe('0');
    // The accounts are those of before, and the server takes writes.
    await machine.run(container, `n=1000000; ${database.transaction(0)}`);
  }); // prettier-ignore
});
