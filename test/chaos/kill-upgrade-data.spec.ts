import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { digestTree } from '../../src/apps/backups/tree-digest';
import { AppLab, docker, pageAt } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { killAfterEveryStep } from './kill-after-every-step';
import { WorkerProcess } from './worker-process';

/** Of the effects of one upgrade, from its first to the last ones of the roll-back. */
const POINTS = [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 22, 25];
const AT_ONCE = 2;
const PATIENT = { deadlineMs: 120_000, everyMs: 250 };

describe('an upgrade that alters the data and fails, with its worker killed', () => {
  let lab: AppLab;
  let repository: string;
  let image: string;
  beforeAll(async () => {
    repository = await mkdtemp(join(tmpdir(), 'killed-upgrades-'));
    lab = await AppLab.start({
      ROLE: 'api',
      ACCESS_TOKEN_SECONDS: '7200',
      BACKUP_REPOSITORIES: `local=${repository}/one`,
      APP_PORT_RANGE: '28500-28599',
    });
    image = await lab.image({ listen: [8080], page: 'one' });
  });
  afterAll(async () => {
    await lab.close();
    await rm(repository, { recursive: true, force: true });
  }, 300_000);

  const compose = (command: string): string => `
services:
  web:
    image: ${image}
    ${command}
    restart: "no"
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data", "./conf:/conf"]
volumes: { data: }
`;
  const volumeOf = async (app: string): Promise<string> =>
    (await docker.getVolume(`${lab.prefix}${app}_data`).inspect()).Mountpoint;
  const folderOf = (app: string): string => join(lab.server.settings.dataDir, 'apps', app);
  const digest = async (app: string): Promise<string> =>
    (await digestTree(await volumeOf(app))).digest + (await digestTree(folderOf(app))).digest;

  it('returns every byte after each kill', async () => {
    const names = POINTS.map((point) => `spoil${point}`);
    for (const name of names) await lab.writeApp(name, compose(''));
    const first = WorkerProcess.start(lab.installation.environment, { CHAOS_KILL_AT: '0' });
    for (const name of names) await lab.install(name);
    for (const name of names) await lab.settled(name, '1');
    await first.stop();
    const before = new Map<string, string>();
    for (const name of names) {
      await writeFile(join(await volumeOf(name), 'bytes'), randomBytes(300_000));
      await writeFile(join(folderOf(name), 'conf/c'), 'conf');
      before.set(name, await digest(name));
    }
    const spoil =
      'echo altered > /data/bytes; echo new > /data/more; echo altered > /conf/c; exit 9';
    for (const name of names)
      await lab.writeApp(name, compose(`command: ["/bin/sh", "-c", "${spoil}"]`));
    const outcomes = await killAfterEveryStep({
      lab,
      appFor: (point) => `spoil${point}`,
      begin: async (name) => {
        const answer = await lab.admin.http.post(`/api/v1/apps/${name}/upgrade`);
        return answer.body.data.jobId as string;
      },
      count: 'upgrade-data',
      killPoints: POINTS,
      atOnce: AT_ONCE,
    });
    // What was killed while it was saved is gone on with.
    const last = WorkerProcess.start(lab.installation.environment, { CHAOS_KILL_AT: '0' });
    try {
      for (const name of names) {
        await pollUntil(`no work on backups of ${name}`, async () => {
          const { items } = (await lab.admin.http.get(`/api/v1/apps/${name}/backups`)).body.data;
          return items.every(({ state }: { state: string }) => ['saved', 'failed'].includes(state));
        }, PATIENT); // prettier-ignore
        const { port } = await lab.settled(name, '1');
        expect(await pollUntil(`the page of ${name}`, () => pageAt(port))).toBe('one');
      }
    } finally {
      await last.stop();
    }
    const kills = outcomes.filter((o) => o.killed).length;
    const slowest = Math.max(...outcomes.map((o) => o.seconds));
    process.stderr.write(
      `[chaos] upgrades that alter data and fail: ${kills} of ${POINTS.length} killed, slowest mended ${slowest.toFixed(1)} s after the restart\n`,
    );
    expect(kills).toBeGreaterThanOrEqual(10);
    for (const name of names) {
      expect([name, await digest(name)]).toEqual([name, before.get(name)]);
      const beside = await readdir(dirname(await volumeOf(name)));
      expect([name, beside.filter((one) => one.startsWith('.'))]).toEqual([name, []]);
    }
    const apps = await readdir(join(lab.server.settings.dataDir, 'apps'));
    expect(apps.filter((name) => name.startsWith('.'))).toEqual([]);
  }, 1_800_000);
});
