import { AppLab, CLEAN, docker, pageAt } from '../support/factories/app-lab';
import { pollUntil } from '../support/poll-until';
import { killAfterEveryStep, orphansOf, type ChaosOutcome } from './kill-after-every-step';
import { WorkerProcess } from './worker-process';

/** More than there are effects: the kills that never come prove that all of them were covered. */
const UPGRADE_POINTS = 36;
const BRING_BACK_POINTS = 14;
const AT_ONCE = 5;
const MENDED_WITHIN_SECONDS = 60;

interface Version {
  readonly version: string;
  readonly image: string;
}

const compose = ({ image }: Version, db: string): string => `
services:
  web:
    image: ${image}
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["files:/files"]
    depends_on: [cache, db]
  cache:
    image: ${image}
    restart: unless-stopped
  db:
    image: ${db}
    restart: unless-stopped
    volumes: ["data:/data"]
volumes: { files: , data: }
`;

describe('an upgrade whose worker is killed with SIGKILL', () => {
  let lab: AppLab;
  let one: Version;
  let db: string;
  beforeAll(async () => {
    lab = await AppLab.start({ ROLE: 'api', APP_PORT_RANGE: '28200-28399' });
    one = { version: '1', image: await lab.image({ listen: [8080], page: 'one' }) };
    db = await lab.image({});
  });
  afterAll(() => lab.close(), 300_000);

  async function write(names: readonly string[], version: Version): Promise<void> {
    for (const name of names) {
      await lab.writeApp(name, compose(version, db), {
        'app.json': JSON.stringify({
          title: { zh: '新', en: 'New' },
          version: version.version,
          main: { service: 'web', port: 8080 },
        }),
      });
    }
  }

  /** All of them run the first version; nobody works on them afterwards. */
  async function installAll(names: readonly string[]): Promise<void> {
    await write(names, one);
    const worker = WorkerProcess.start(lab.installation.environment, { CHAOS_KILL_AT: '0' });
    for (const name of names) expect(await lab.install(name)).toMatchObject({ status: 200 });
    for (const name of names) await lab.settled(name, '1');
    await worker.stop();
  }

  async function upgrade(name: string): Promise<string> {
    // Kills of an upgrade with a backup: kill-upgrade-data.spec.ts.
    const path = `/api/v1/apps/${name}/upgrade`;
    const answer = await lab.admin.http.post(path, { backup: false });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body.data.jobId as string;
  }

  /** Which version runs, by its page; what the server says of it must be the same. */
  async function running(name: string): Promise<string> {
    const { port, version } = await lab.settled(name, '1');
    const page = await pollUntil(`the page of ${name}`, () => pageAt(port));
    expect([name, version]).toEqual([name, page === 'one' ? '1' : '2']);
    return page;
  }

  async function verify(
    title: string,
    names: readonly string[],
    outcomes: readonly ChaosOutcome[],
  ): Promise<string[]> {
    const pages = await Promise.all(names.map(running));
    const found = await lab.leftovers();
    const each = { containers: 3, networks: 1, volumes: 2, leases: 1 };
    const orphans =
      orphansOf(found) -
      names.length * (each.containers + each.networks + each.volumes + each.leases);
    const killed = outcomes.filter((o) => o.killed);
    const slowest = Math.max(...killed.map((o) => o.seconds));
    const count = (page: string) => pages.filter((p) => p === page).length;
    process.stderr.write(
      `[chaos] ${title}: killed after ${killed.length} effects; ${count('two')} run the new ` +
        `version, ${count('one')} the old one; slowest mended ${slowest.toFixed(1)} s after the ` +
        `restart; orphans: ${orphans}\n`,
    );
    expect(outcomes.at(-1)?.killed).toBe(false);
    expect(slowest).toBeLessThan(MENDED_WITHIN_SECONDS);
    expect(found.containers.filter((name) => name.endsWith('.before-upgrade'))).toEqual([]);
    expect(orphans).toBe(0);
    const stopped = (await docker.listContainers({ all: true })).filter(
      (c) => c.Names[0]?.startsWith(`/${lab.prefix}`) && c.State !== 'running',
    );
    expect(stopped.map((c) => c.Names[0])).toEqual([]);
    await lab.admin.http.post('/uninstallAllApp', { removeData: true });
    expect(await lab.leftovers()).toEqual(CLEAN);
    return pages;
  }

  it('after every effect of an upgrade of three services, the new or the old version runs', async () => {
    const two = { version: '2', image: await lab.image({ listen: [8080], page: 'two' }) };
    const points = Array.from({ length: UPGRADE_POINTS }, (_, index) => index + 1);
    const names = points.map((point) => `grow${point}`);
    await installAll(names);
    await write(names, two);
    const outcomes = await killAfterEveryStep({
      lab,
      appFor: (point) => `grow${point}`,
      begin: upgrade,
      count: 'upgrade',
      killPoints: points,
      atOnce: AT_ONCE,
    });
    const pages = await verify('upgrade', names, outcomes);
    expect(outcomes.filter((o) => o.killed).length).toBeGreaterThanOrEqual(20);
    // Whoever was left alone has the new version, so has the last that was killed.
    const lastKilled = outcomes.filter((o) => o.killed).length - 1;
    expect(pages.slice(lastKilled)).toEqual(pages.slice(lastKilled).map(() => 'two'));
    expect(pages[0]).toBe('one');
  }, 1_800_000);

  it('after every effect of the roll-back, the old version runs', async () => {
    const broken = { version: '2', image: await lab.image({ exitCode: 9 }) };
    const points = Array.from({ length: BRING_BACK_POINTS }, (_, index) => index + 1);
    const names = points.map((point) => `back${point}`);
    await installAll(names);
    await write(names, broken);
    const outcomes = await killAfterEveryStep({
      lab,
      appFor: (point) => `back${point}`,
      begin: upgrade,
      count: 'bring-back',
      killPoints: points,
      atOnce: AT_ONCE,
    });
    const pages = await verify('bring back', names, outcomes);
    expect(outcomes.filter((o) => o.killed).length).toBeGreaterThanOrEqual(6);
    expect(pages).toEqual(names.map(() => 'one'));
  }, 1_800_000);
});
