import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppLab, docker, pageAt } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { WorkerProcess } from './worker-process';

interface Verified {
  readonly id: string;
  readonly state: string;
  readonly failure: string | null;
  readonly started: 'yes' | 'no' | 'not-tried' | null;
  readonly startedReason: string | null;
  readonly verifiedAt: number | null;
}

const AT_WORK = ['saving', 'restoring', 'verifying', 'removing'];
const PATIENT = { deadlineMs: 180_000, everyMs: 200 };
const LANES = 3;
/** More than there are effects: the kill that never comes proves that all of them were covered. */
const POINTS = 40;

/** Runs in the app of a trial: ends with another code than 0 where anything but its own services can be reached. */
const PROBE = `#!/bin/sh
run() { /bin/busybox "$@"; }
answers() { printf 'GET / HTTP/1.0\\r\\n\\r\\n' | run nc -w 2 "$1" "$2" | run grep -q HTTP; }
tries=0
until
  db=$(run nslookup db 127.0.0.11 | run awk '/^Address/ { found = $NF } END { print found }')
  answers "$db" 8080
do tries=$((tries + 1)); [ $tries -lt 50 ] || exit 3; run sleep 0.2; done
own=$(run ip -4 -o addr show scope global | run awk '{print $4}' | run cut -d. -f1-3)
[ -n "$own" ] || exit 5
run ping -c 1 -W 1 "$own.1" && exit 6
while read -r host port; do answers "$host" "$port" && exit 7; done < /data/others
echo changed > /data/only-in-the-trial
exit 0
`;

describe('a verified backup whose app is started apart', () => {
  let lab: AppLab;
  let repository: string;
  let trusted: string;
  let image: string;
  let worker: WorkerProcess;
  beforeAll(async () => {
    repository = await mkdtemp(join(tmpdir(), 'tried-backups-'));
    trusted = await mkdtemp(join(tmpdir(), 'trusted-catalog-'));
    lab = await AppLab.start({
      ROLE: 'api',
      ACCESS_TOKEN_SECONDS: '7200',
      CATALOG_PATHS: `${trusted}=trusted`,
      BACKUP_REPOSITORIES: `local=${repository}/one`,
      APP_PORT_RANGE: '28600-28699',
    });
    image = await lab.image({ listen: [8080], page: 'up' });
    worker = WorkerProcess.start(lab.installation.environment);
  }, 120_000);
  afterAll(async () => {
    await worker.stop();
    await lab.close();
    await rm(repository, { recursive: true, force: true });
    await rm(trusted, { recursive: true, force: true });
  }, 120_000);

  const http = () => lab.admin.http.with({ 'accept-language': 'en' });
  const place = async (app: string, name = 'data'): Promise<string> =>
    (await docker.getVolume(`${lab.prefix}${app}_${name}`).inspect()).Mountpoint;

  /** @param more of its second service */
  const compose = (more = '', ofWeb = ''): string => `
services:
  web:
    image: ${image}
    command: ["/bin/sh", "-c", "[ ! -e /data/probe ] || sh /data/probe || exit $$?; exec /start.sh"]
    restart: "no"
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["data:/data", "./own:/own"]
    depends_on: [db]${ofWeb}
  db:
    image: ${image}${more}
volumes: { data: }
`;

  async function write(app: string, text: string): Promise<void> {
    await mkdir(join(trusted, app), { recursive: true });
    await writeFile(join(trusted, app, 'docker-compose.yml'), text);
  }

  async function over(app: string, id: string): Promise<Verified> {
    return pollUntil(
      `the work on a backup of ${app} to end`,
      async () => {
        const { data } = (await http().get(`/api/v1/apps/${app}/backups/${id}`)).body;
        return AT_WORK.includes(data.state) ? null : (data as Verified);
      },
      PATIENT,
    );
  }

  async function saved(app: string): Promise<string> {
    const answer = await http().post(`/api/v1/apps/${app}/backups`, {});
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    const backup = await over(app, answer.body.data.id as string);
    expect(backup).toMatchObject({ state: 'saved', failure: null, started: null });
    return backup.id;
  }

  async function verified(app: string, id: string): Promise<Verified> {
    const answer = await http().post(`/api/v1/apps/${app}/backups/${id}/verify`);
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    return over(app, id);
  }

  /** What of trials is on the engine and in the folder of the server. */
  async function left(): Promise<string[]> {
    const own = `${lab.prefix}trial-`;
    const containers = await docker.listContainers({ all: true });
    const networks = await docker.listNetworks();
    const { Volumes: volumes } = await docker.listVolumes();
    const names = [
      ...containers.flatMap(({ Names }) => Names.map((name) => name.slice(1))),
      ...networks.map(({ Name }) => Name),
      ...volumes.map(({ Name }) => Name),
    ];
    const staging = join(lab.server.settings.dataDir, 'backups', 'staging');
    return [...names.filter((n) => n.startsWith(own)), ...(await readdir(staging).catch(() => []))];
  }

  it('reaches its own services and nothing else, and changes nothing of the installed app', async () => {
    // It is saved while it runs: the installed app never sees the probe at a start.
    await write('apart', compose('', '\n    x-backup: { live: true }'));
    const { port } = await lab.installed('apart');
    const data = await place('apart');
    const inside = await docker.getContainer(`${lab.prefix}apart`).inspect();
    const addresses = Object.values(inside.NetworkSettings.Networks).map((n) => n.IPAddress);
    const gateways = Object.values(inside.NetworkSettings.Networks).map((n) => n.Gateway);
    const others = [
      ...addresses.map((one) => `${one} 8080`),
      ...gateways.map((one) => `${one} ${port}`),
    ];
    expect(others).toHaveLength(2);
    await writeFile(join(data, 'others'), `${others.join('\n')}\n`);
    await writeFile(join(data, 'probe'), PROBE);
    const id = await saved('apart');
    await rm(join(data, 'probe'));
    expect(await verified('apart', id)).toMatchObject({
      state: 'saved',
      failure: null,
      started: 'yes',
      startedReason: null,
    });
    expect((await readdir(data)).sort()).toEqual(['others']);
    expect(await pageAt(port)).toBe('up');
    expect((await docker.getContainer(`${lab.prefix}apart`).inspect()).Id).toBe(inside.Id);
    expect(await left()).toEqual([]);
  }, 240_000);

  it('tells why an app does not come up, and keeps the backup as proved', async () => {
    await write('broken', compose());
    await lab.installed('broken');
    await writeFile(join(await place('broken'), 'probe'), 'exit 7');
    const outcome = await verified('broken', await saved('broken'));
    expect(outcome).toMatchObject({ state: 'saved', failure: null, started: 'no' });
    expect(outcome.startedReason).toContain('exit code 7');
    expect(outcome.verifiedAt).not.toBeNull();
    const { data } = (await http().post('/api/v1/server/risks/scan')).body;
    const risks = (data.items ?? data.risks ?? data) as { code: string; subject: string }[];
    expect(risks.filter(({ subject }) => subject === 'broken').map(({ code }) => code)).toEqual([
      'backup-not-started',
    ]);
    expect(await left()).toEqual([]);
  }, 240_000);

  it.each([
    ['volumes: ["/etc/hostname:/name:ro"]', '/etc/hostname'],
    ['cap_add: [NET_ADMIN]', 'NET_ADMIN'],
    ['ipc: host', 'ipc: host'],
  ])(
    'does not try an app with `%s`, also of a trusted catalog',
    async (line, reason) => {
      const app = `untried-${line.split(':')[0]}`;
      await write(app, compose(`\n    ${line}`));
      await lab.installed(app);
      const outcome = await verified(app, await saved(app));
      expect(outcome).toMatchObject({ state: 'saved', failure: null, started: 'not-tried' });
      expect(outcome.startedReason).toContain(reason);
      expect(await left()).toEqual([]);
    },
    240_000,
  );

  it('loads the dumps of hooks before it counts the app as started', async () => {
    await write(
      'hooked',
      `
services:
  web:
    image: ${image}
    command: ["/bin/sh", "-c", "until [ -e /db/file ]; do sleep 0.1; done; exec /start.sh"]
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["db:/db", "dump:/dump"]
    x-backup: { live: true }
  db:
    image: ${image}
    volumes: ["db:/db", "dump:/dump"]
    x-backup:
      pre: cp /db/file /dump/file
      restore: cp /dump/file /db/file
      without: [db]
volumes: { db: , dump: }
`,
    );
    await lab.install('hooked');
    const db = await pollUntil('the volume', () => place('hooked', 'db').catch(() => null));
    await writeFile(join(db, 'file'), 'rows');
    await lab.settled('hooked', '1', 120_000);
    expect(await verified('hooked', await saved('hooked'))).toMatchObject({ started: 'yes' });
    expect(await left()).toEqual([]);
  }, 240_000);

  it('leaves nothing after a kill -9 at any of its effects', async () => {
    const ids = new Map<string, string>();
    for (let lane = 0; lane < LANES; lane += 1) {
      await write(`lane${lane}`, compose());
      await lab.installed(`lane${lane}`);
      await writeFile(join(await place(`lane${lane}`), 'file'), 'data');
      ids.set(`lane${lane}`, await saved(`lane${lane}`));
    }
    await worker.stop();
    let point = 0;
    const outcomes: { killed: boolean; started: string | null }[] = [];
    const lane = async (app: string): Promise<void> => {
      const id = ids.get(app) ?? '';
      while (point < POINTS) {
        const mine = (point += 1);
        const workerAt = (killAt: number) =>
          WorkerProcess.start(lab.installation.environment, {
            CHAOS_COUNT: 'trial',
            CHAOS_BACKUP: id,
            CHAOS_KILL_AT: String(killAt),
          });
        const doomed = workerAt(mine);
        const answer = await http().post(`/api/v1/apps/${app}/backups/${id}/verify`);
        expect([mine, answer.status]).toEqual([mine, 200]);
        const isOver = async (): Promise<boolean> => {
          const { data } = (await http().get(`/api/v1/apps/${app}/backups/${id}`)).body;
          return !AT_WORK.includes(data.state);
        };
        await pollUntil('the worker to die or to be done', async () => !doomed.isAlive || isOver(), PATIENT); // prettier-ignore
        if (doomed.isAlive) await doomed.stop();
        const killed = (await doomed.ended()) === 'SIGKILL';
        const rescuer = workerAt(0);
        try {
          const { started, failure } = await over(app, id);
          expect([mine, started, failure]).toEqual([mine, 'yes', null]);
          const { port } = await lab.info(app);
          expect([mine, await pageAt(port)]).toEqual([mine, 'up']);
          outcomes.push({ killed, started });
        } finally {
          await rescuer.stop();
        }
        if (!killed) point = POINTS;
      }
    };
    await Promise.all([...ids.keys()].map(lane));
    const kills = outcomes.filter(({ killed }) => killed).length;
    process.stderr.write(`[chaos] trials of backups: killed after ${kills} effects\n`);
    expect(kills).toBeGreaterThanOrEqual(12);
    expect(outcomes.some(({ killed }) => !killed)).toBe(true);
    expect(await left()).toEqual([]);
    worker = WorkerProcess.start(lab.installation.environment);
  }, 1_800_000);
});
