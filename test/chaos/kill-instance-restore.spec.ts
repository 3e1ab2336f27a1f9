import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestTree } from '../../src/apps/backups/tree-digest';
import { AppLab, docker, pageAt } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { WorkerProcess } from './worker-process';

const LANES = 3;
/** More than there are effects: the kill that never comes proves that all of them were covered. */
const POINTS = 40;
const AT_WORK = ['saving', 'restoring'];
const PATIENT = { deadlineMs: 180_000, everyMs: 200 };

interface Ended {
  readonly state: string;
  readonly failure: string | null;
  readonly restoreAs: string | null;
}

describe('a backup that comes back as a new instance, whose worker is killed with SIGKILL', () => {
  let lab: AppLab;
  let repository: string;
  const backups = new Map<string, { id: string; saved: string }>();
  beforeAll(async () => {
    repository = await mkdtemp(join(tmpdir(), 'killed-instances-'));
    lab = await AppLab.start({
      ROLE: 'api',
      ACCESS_TOKEN_SECONDS: '7200',
      BACKUP_REPOSITORIES: `local=${repository}/one`,
      APP_PORT_RANGE: '28700-28799',
    });
    const image = await lab.image({ listen: [8080], page: 'up' });
    const worker = workerAt();
    const names = Array.from({ length: LANES }, (_, lane) => `lane${lane}`);
    for (const app of names) {
      await lab.writeApp(
        app,
        `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data", "./own:/own"]
    depends_on: [db]
  db:
    image: ${image}
    volumes: ["db:/db"]
volumes: { data: , db: }
`,
      );
      await lab.install(app);
    }
    for (const app of names) {
      await lab.settled(app, '1');
      const saved = await change(app);
      const { id } = (await http().post(`/api/v1/apps/${app}/backups`, {})).body.data;
      expect(await over(app, id)).toMatchObject({ state: 'saved', failure: null });
      await change(app);
      backups.set(app, { id, saved });
    }
    await worker.stop();
  });
  afterAll(async () => {
    await lab.close();
    await rm(repository, { recursive: true, force: true });
  });

  const http = () => lab.admin.http.with({ 'accept-language': 'en' });
  const workerAt = (killAt = 0, backup?: string): WorkerProcess =>
    WorkerProcess.start(lab.installation.environment, {
      CHAOS_COUNT: 'backup',
      CHAOS_KILL_AT: String(killAt),
      ...(backup ? { CHAOS_BACKUP: backup } : {}),
    });
  const volume = async (app: string, name: string): Promise<string> =>
    (await docker.getVolume(`${lab.prefix}${app}_${name}`).inspect()).Mountpoint;
  const folder = (app: string): string => join(lab.server.settings.dataDir, 'apps', app);

  async function digest(app: string): Promise<string> {
    const places = [await volume(app, 'data'), await volume(app, 'db'), join(folder(app), 'own')];
    return (await Promise.all(places.map((place) => digestTree(place)))).map((d) => d.digest).join(); // prettier-ignore
  }

  async function change(app: string): Promise<string> {
    for (const name of ['data', 'db'])
      await writeFile(join(await volume(app, name), 'file'), randomBytes(400_000));
    await writeFile(join(folder(app), 'own', 'file'), randomBytes(1_000));
    return digest(app);
  }

  const stateOf = async (app: string, id: string): Promise<Ended> =>
    (await http().get(`/api/v1/apps/${app}/backups/${id}`)).body.data;
  const over = (app: string, id: string): Promise<Ended> =>
    pollUntil(
      `the work on a backup of ${app} to end`,
      async () => {
        const now = await stateOf(app, id);
        return AT_WORK.includes(now.state) ? null : now;
      },
      PATIENT,
    );

  /** What the engine and the folders hold of instances. */
  async function left(): Promise<string[]> {
    const { containers, networks, volumes } = await lab.leftovers();
    const { dataDir } = lab.server.settings;
    return [
      ...[...containers, ...networks, ...volumes].filter((name) => name.includes('--')),
      ...(await readdir(join(dataDir, 'apps'))).filter((n) => n.includes('--') || n.startsWith('.')), // prettier-ignore
      ...(await readdir(join(dataDir, 'backups', 'staging'))),
    ];
  }

  it('is there with all of its data or not at all, and the app beside it runs on', async () => {
    let point = 0;
    const outcomes: { killed: boolean; came: boolean }[] = [];
    const lane = async (app: string): Promise<void> => {
      const { id, saved } = backups.get(app) ?? { id: '', saved: '' };
      const before = await digest(app);
      const { port } = await lab.info(app);
      const container = `${lab.prefix}${app}`;
      while (point < POINTS) {
        const mine = (point += 1);
        const instance = `i${mine}`;
        const path = `/api/v1/apps/${app}/backups/${id}/restore`;
        const answer = await http().post(path, { instance });
        expect([mine, answer.status]).toEqual([mine, 200]);
        const since = (await docker.getContainer(container).inspect()).State.StartedAt;
        const doomed = workerAt(mine, id);
        const isOver = async (): Promise<boolean> =>
          !AT_WORK.includes((await stateOf(app, id)).state);
        await pollUntil('the worker to die or to be done', async () => !doomed.isAlive || isOver(), PATIENT); // prettier-ignore
        if (doomed.isAlive) await doomed.stop();
        const killed = (await doomed.ended()) === 'SIGKILL';
        const rescuer = workerAt(0, id);
        try {
          const ended = await over(app, id);
          expect([mine, ended.state, ended.restoreAs]).toEqual([mine, 'saved', null]);
          const came = ended.failure === null;
          const own = `${app}--${instance}`;
          if (came) {
            const copy = await lab.settled(own, '1');
            expect([mine, await digest(own)]).toEqual([mine, saved]);
            await pollUntil('its page', () => pageAt(copy.port));
            expect([mine, (await lab.uninstall(own, true)).status]).toEqual([mine, 200]);
          } else {
            // An install that a kill has met may be listed as failed.
            const { status } = await lab.uninstall(own, true);
            expect([200, 404]).toContain(status);
          }
          await pollUntil(`${own} to be gone`, async () => !(await left()).some((name) => name.includes(own)), PATIENT); // prettier-ignore
          outcomes.push({ killed, came });
          expect([mine, await digest(app)]).toEqual([mine, before]);
          const now = (await docker.getContainer(container).inspect()).State.StartedAt;
          expect([mine, now, await pageAt(port)]).toEqual([mine, since, 'up']);
        } finally {
          await rescuer.stop();
        }
        if (!killed) point = POINTS;
      }
    };
    const lanes = await Promise.allSettled([...backups.keys()].map(lane));
    for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
    const kills = outcomes.filter(({ killed }) => killed);
    const came = kills.filter((one) => one.came).length;
    process.stderr.write(
      `[chaos] restores as an instance: killed after ${kills.length} effects, ${came} came up\n`,
    );
    expect(kills.length).toBeGreaterThanOrEqual(8);
    expect(outcomes.some(({ killed }) => !killed)).toBe(true);
    expect(await left()).toEqual([]);
  }, 1_800_000);
});
