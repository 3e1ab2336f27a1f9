import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppLab, docker, pageAt } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { WorkerProcess } from './worker-process';

/** Of the effects of one upgrade in its window: its claim, its request, what is told of it, and then the upgrade. */
const POINTS = [1, 2, 3, 5, 8, 11, 14, 17, 20, 24, 28, 60];
const AT_ONCE = 2;
/** A claim of a dead process counts for a minute. */
const PATIENT = { deadlineMs: 240_000, everyMs: 250 };

interface Outcome {
  readonly point: number;
  readonly killed: boolean;
  readonly page: string;
  readonly upgrades: number;
}

describe('an upgrade in its window, with its worker killed with SIGKILL', () => {
  let lab: AppLab;
  let repository: string;
  let one: string;
  let two: string;
  beforeAll(async () => {
    repository = await mkdtemp(join(tmpdir(), 'killed-windows-'));
    lab = await AppLab.start({
      ROLE: 'api',
      ACCESS_TOKEN_SECONDS: '7200',
      BACKUP_REPOSITORIES: `local=${repository}/one`,
      APP_PORT_RANGE: '28700-28799',
    });
    one = await lab.image({ listen: [8080], page: 'one' });
    two = await lab.image({ listen: [8080], page: 'two' });
  }, 120_000);
  afterAll(async () => {
    await lab.close();
    await rm(repository, { recursive: true, force: true });
  }, 300_000);

  const write = (app: string, image: string, version: string): Promise<void> =>
    lab.writeApp(
      app,
      `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data"]
volumes: { data: }
`,
      {
        'app.json': JSON.stringify({
          title: { zh: '应用', en: 'App' },
          version,
          main: { service: 'web', port: 8080 },
        }),
      },
    );

  const upgradesOf = async (app: string): Promise<{ state: string; origin: string }[]> => {
    const path = `/api/v1/apps/${app}/backups?limit=500`;
    const { items } = (await lab.admin.http.get(path)).body.data;
    return items.filter(({ origin }: { origin: string }) => origin === 'upgrade');
  };

  it('begins each update once, whatever dies, and leaves the old or the new version running', async () => {
    const names = POINTS.map((point) => `window${point}`);
    for (const name of names) await write(name, one, '1');
    const first = WorkerProcess.start(lab.installation.environment);
    const ids = new Map<string, string>();
    for (const name of names) {
      const answer = await lab.install(name);
      expect([answer.status, answer.body]).toEqual([200, answer.body]);
      ids.set(name, answer.body.data.info as string);
    }
    for (const name of names) await lab.settled(name, '1', 120_000);
    await first.stop();
    for (const name of names) {
      const { Mountpoint } = await docker.getVolume(`${lab.prefix}${name}_data`).inspect();
      await writeFile(join(Mountpoint, 'file'), name);
      await write(name, two, '2');
      const policy = { mode: 'window', cron: '* * * * *', minutes: 600 };
      const answer = await lab.admin.http.send('PUT', `/api/v1/apps/${name}/update-policy`, policy);
      expect([answer.status, answer.body]).toEqual([200, answer.body]);
    }

    const killed = async (point: number): Promise<Outcome> => {
      const app = `window${point}`;
      const workerAt = (killAt: number) =>
        WorkerProcess.start(lab.installation.environment, {
          CHAOS_COUNT: 'window',
          CHAOS_APP: app,
          CHAOS_INSTALLATION: ids.get(app),
          CHAOS_BACKUP: 'none',
          CHAOS_KILL_AT: String(killAt),
        });
      /** The upgrade was begun, and nothing is being done any more. */
      const isOver = async (): Promise<boolean> => {
        const [row] = await lab.server.dataSource.query(
          'SELECT windowMark, state, phase FROM app_installations WHERE id = ?',
          [ids.get(app)],
        );
        const isIdle = (await upgradesOf(app)).every(({ state }) =>
          ['saved', 'failed'].includes(state),
        );
        return (
          row.windowMark !== null && row.state === 'installed' && row.phase === 'running' && isIdle
        );
      };
      const doomed = workerAt(point);
      await pollUntil(
        `worker ${point} to die or to be done`,
        async () => !doomed.isAlive || isOver(),
        PATIENT,
      );
      if (doomed.isAlive) await doomed.stop();
      const wasKilled = (await doomed.ended()) === 'SIGKILL';
      const rescuer = WorkerProcess.start(lab.installation.environment, {
        CHAOS_COUNT: 'window',
        CHAOS_APP: app,
        CHAOS_INSTALLATION: ids.get(app),
        CHAOS_KILL_AT: '0',
      });
      try {
        await pollUntil(`the upgrade of ${app} to be over`, isOver, PATIENT);
        const { port, version } = await lab.settled(app, '1', 60_000);
        const page = await pollUntil(`the page of ${app}`, () => pageAt(port), PATIENT);
        expect([point, version]).toEqual([point, page === 'one' ? '1' : '2']);
        return { point, killed: wasKilled, page, upgrades: (await upgradesOf(app)).length };
      } finally {
        await rescuer.stop();
      }
    };

    const outcomes: Outcome[] = [];
    const waiting = [...POINTS];
    const lane = async (): Promise<void> => {
      for (let point = waiting.shift(); point !== undefined; point = waiting.shift())
        outcomes.push(await killed(point));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    const kills = outcomes.filter((outcome) => outcome.killed);
    const news = outcomes.filter(({ page }) => page === 'two');
    process.stderr.write(
      `[chaos] upgrades in a window: ${kills.length} of ${POINTS.length} killed, ${news.length} run the new version\n`,
    );
    expect(kills.length).toBeGreaterThanOrEqual(8);
    // Each upgrade begins with a backup: a second one would be a second upgrade.
    expect(outcomes.filter(({ upgrades }) => upgrades > 1)).toEqual([]);
    // Killed before the upgrade had begun, or not at all: the new version runs.
    const pages = new Map(outcomes.map(({ point, page }) => [point, page]));
    expect([1, 2, 60].map((point) => pages.get(point))).toEqual(['two', 'two', 'two']);
  }, 1_800_000);
});
