import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { digestTree } from '../../src/apps/backups/tree-digest';
import { AppLab, docker, pageAt } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { WorkerProcess } from './worker-process';

const run = promisify(execFile);
/** More than there are effects: the kills that never come prove that all of them were covered. */
const POINTS = 30;
const LANES = 3;
/** With the start of the next worker. */
const RUNS_AGAIN_WITHIN_SECONDS = 30;
const AT_WORK = ['saving', 'restoring', 'verifying', 'removing'];

interface Outcome {
  readonly killed: boolean;
  /** From the start of the next worker until the app answered. */
  readonly upAgain: number;
  readonly state: string;
  readonly failure: string | null;
}

/** The dump is all that is saved of one volume. */
const HOOKS = `
    x-backup:
      pre: cp /db/file /dump/file && echo pre >> /dump/hooks
      post: rm -f /dump/file && echo post >> /dump/hooks
      restore: cp /dump/file /db/file
      without: [db]`;

describe.each([
  ['an app that is stopped', 'stopped'],
  ['an app with hooks', 'hook'],
])('a backup of %s whose worker is killed with SIGKILL', (_title, consistency) => {
  let lab: AppLab;
  let repository: string;
  let key: string;
  beforeAll(async () => {
    repository = await mkdtemp(join(tmpdir(), 'killed-backups-'));
    lab = await AppLab.start({
      ROLE: 'api',
      ACCESS_TOKEN_SECONDS: '7200',
      BACKUP_REPOSITORIES: `local=${repository}/one`,
      APP_PORT_RANGE: '28400-28499',
    });
    const image = await lab.image({ listen: [8080], page: 'up' });
    const worker = WorkerProcess.start(lab.installation.environment);
    for (let lane = 0; lane < LANES; lane += 1) {
      await lab.writeApp(
        `lane${lane}`,
        `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data", "./own:/own"]
    depends_on: [db]${consistency === 'hook' ? '\n    x-backup: { live: true }' : ''}
  db:
    image: ${image}
    volumes: ["db:/db", "dump:/dump"]${consistency === 'hook' ? HOOKS : ''}
volumes: { data: , db: , dump: }
`,
      );
      await lab.install(`lane${lane}`);
    }
    for (let lane = 0; lane < LANES; lane += 1) await lab.settled(`lane${lane}`, '1');
    await worker.stop();
    key = (await lab.admin.http.post('/api/v1/backups/repositories/local/key')).body.data.key;
  }, 300_000);
  afterAll(async () => {
    await lab.close();
    await rm(repository, { recursive: true, force: true });
  }, 120_000);

  const volume = async (app: string, name: string): Promise<string> =>
    (await docker.getVolume(`${lab.prefix}${app}_${name}`).inspect()).Mountpoint;
  const folder = (app: string): string => join(lab.server.settings.dataDir, 'apps', app);

  async function change(app: string): Promise<string> {
    for (const name of ['data', 'db'])
      await writeFile(join(await volume(app, name), 'file'), randomBytes(400_000));
    await writeFile(join(folder(app), 'own', 'file'), randomBytes(1_000));
    return digest(app);
  }

  async function digest(app: string): Promise<string> {
    const all = [await volume(app, 'data'), await volume(app, 'db'), join(folder(app), 'own')];
    return (await Promise.all(all.map((place) => digestTree(place)))).map((d) => d.digest).join();
  }

  /** What lies in the volume of dumps: the last hook that ran, and a dump that none has removed. */
  async function dumpOf(app: string): Promise<string[]> {
    const place = await volume(app, 'dump');
    const hooks = await readFile(join(place, 'hooks'), 'utf8').catch(() => '');
    const files = (await readdir(place)).filter((name) => name !== 'hooks');
    return [...files, ...hooks.trim().split('\n').slice(-1).filter(Boolean)];
  }

  async function killed(app: string, id: string, killAt: number): Promise<Outcome> {
    const { environment } = lab.installation;
    const workerAt = (point: number) =>
      WorkerProcess.start(environment, {
        CHAOS_COUNT: 'backup',
        CHAOS_BACKUP: id,
        CHAOS_KILL_AT: String(point),
      });
    const state = async () =>
      (await lab.admin.http.get(`/api/v1/apps/${app}/backups/${id}`)).body.data;
    const over = async () => {
      const now = await state();
      return AT_WORK.includes(now.state) ? null : now;
    };
    const doomed = workerAt(killAt);
    await pollUntil(
      'the worker to die or to be done',
      async () => !doomed.isAlive || (await over()),
      {
        deadlineMs: 180_000,
        everyMs: 200,
      },
    );
    if (doomed.isAlive) await doomed.stop();
    const wasKilled = (await doomed.ended()) === 'SIGKILL';
    const begun = Date.now();
    const rescuer = workerAt(0);
    try {
      const { port } = await lab.info(app);
      const deadline = { deadlineMs: 90_000, everyMs: 100 };
      await pollUntil(`${app} to answer again`, () => pageAt(port), deadline);
      const upAgain = (Date.now() - begun) / 1000;
      const { state: ended, failure } = await pollUntil('the work to end', over, deadline);
      await pollUntil(`${app} to run`, async () => (await lab.info(app)).status === '1', deadline);
      return { killed: wasKilled, upAgain, state: ended, failure };
    } finally {
      await rescuer.stop();
    }
  }

  async function eachPoint(
    work: (app: string, point: number) => Promise<Outcome>,
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    let point = 0;
    const lane = async (app: string): Promise<void> => {
      while (point < POINTS) {
        const mine = (point += 1);
        const outcome = await work(app, mine);
        outcomes[mine - 1] = outcome;
        if (!outcome.killed) point = POINTS;
      }
    };
    await Promise.all(Array.from({ length: LANES }, (_, index) => lane(`lane${index}`)));
    return outcomes.filter(Boolean);
  }

  /** Snapshots of the repository, and what of work lies about. */
  async function left() {
    const { stdout } = await run('restic', ['-r', `${repository}/one`, 'snapshots', '--json'], {
      env: { ...process.env, RESTIC_PASSWORD: key },
    });
    const { dataDir } = lab.server.settings;
    const names = [
      ...(await readdir(join(dataDir, 'backups', 'staging')).catch(() => [])),
      ...(await readdir(join(dataDir, 'apps'))).filter((name) => name.startsWith('.')),
    ];
    for (let lane = 0; lane < LANES; lane += 1)
      for (const name of ['data', 'db'])
        names.push(
          ...(await readdir(join(await volume(`lane${lane}`, name), '..'))).filter((n) =>
            n.startsWith('.'),
          ),
        );
    return { snapshots: (JSON.parse(stdout) as { id: string }[]).length, names };
  }

  /** What a process that was killed last of all has left is removed by the next one that lives. */
  async function swept() {
    const worker = WorkerProcess.start(lab.installation.environment);
    try {
      const isClean = async () => (await left()).names.length === 0;
      await pollUntil('all that lies about to be removed', isClean, { deadlineMs: 60_000 });
    } finally {
      await worker.stop();
    }
    return left();
  }

  const report = (title: string, outcomes: readonly Outcome[]): void => {
    const kills = outcomes.filter((o) => o.killed);
    const slowest = Math.max(...kills.map((o) => o.upAgain));
    const states = kills.map((o) => `${o.state}${o.failure ? ` (${o.failure})` : ''}`).sort();
    process.stderr.write(
      `[chaos] ${title}: killed after ${kills.length} effects, ${states.join(' ')}; the slowest app ` +
        `answered ${slowest.toFixed(1)} s after the next start\n`,
    );
    expect(kills.length).toBeGreaterThanOrEqual(8);
    expect(outcomes.some((o) => !o.killed)).toBe(true);
    expect(slowest).toBeLessThan(RUNS_AGAIN_WITHIN_SECONDS);
  };

  it('after every effect of a save, the app runs, its data are the same and no half snapshot is there', async () => {
    const outcomes = await eachPoint(async (app, point) => {
      const before = await change(app);
      const answer = await lab.admin.http.post(`/api/v1/apps/${app}/backups`, {});
      const outcome = await killed(app, answer.body.data.id, point);
      expect([point, await digest(app)]).toEqual([point, before]);
      expect([point, await dumpOf(app)]).toEqual([point, consistency === 'hook' ? ['post'] : []]);
      return outcome;
    });
    report('save', outcomes);
    const listed = await Promise.all(
      Array.from({ length: LANES }, async (_, lane) => {
        const path = `/api/v1/apps/lane${lane}/backups?limit=500`;
        const { items } = (await lab.admin.http.get(path)).body.data;
        for (const item of items) expect(item.consistency ?? consistency).toBe(consistency);
        return items.filter((b: { state: string }) => b.state === 'saved').length as number;
      }),
    );
    const { snapshots, names } = await swept();
    expect(snapshots).toBe(listed.reduce((sum, n) => sum + n, 0));
    expect(outcomes.map((o) => o.state)).toEqual(outcomes.map(() => 'saved'));
    expect(names).toEqual([]);
  }, 1_800_000);

  it('after every effect of a restore, the app runs with all of the new data or all of the old', async () => {
    const sums: Record<string, { id: string; saved: string }> = {};
    for (let lane = 0; lane < LANES; lane += 1) {
      const app = `lane${lane}`;
      const saved = await change(app);
      const { id } = (await lab.admin.http.post(`/api/v1/apps/${app}/backups`, {})).body.data;
      await killed(app, id, 0);
      sums[app] = { id, saved };
    }
    let news = 0;
    const outcomes = await eachPoint(async (app, point) => {
      const { id, saved } = sums[app] ?? { id: '', saved: '' };
      const before = await change(app);
      const answer = await lab.admin.http.post(`/api/v1/apps/${app}/backups/${id}/restore`);
      expect([point, answer.status]).toEqual([point, 200]);
      const outcome = await killed(app, id, point);
      const now = await digest(app);
      expect([point, [saved, before].includes(now)]).toEqual([point, true]);
      expect([point, now === saved]).toEqual([point, outcome.failure === null]);
      news += now === saved ? 1 : 0;
      return outcome;
    });
    report(`restore (${news} with the new data)`, outcomes);
    expect((await swept()).names).toEqual([]);
  }, 1_800_000);
});
