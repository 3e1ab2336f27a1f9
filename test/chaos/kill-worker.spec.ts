import { AppLab, CLEAN } from '../support/factories/app-lab';
import { killAfterEveryStep, orphansOf, type ChaosOutcome } from './kill-after-every-step';

/** More than there are writes: the kills that never come prove that all of them were covered. */
const INSTALL_POINTS = 26;
const UNDO_POINTS = 14;
const AT_ONCE = 5;
/** The promise: mended within this long of the restart. */
const MENDED_WITHIN_SECONDS = 60;

const threeServices = (image: string, last: string): string => `
services:
  web:
    image: ${image}
    restart: unless-stopped
    ports: ["\${HTTP_PORT:-9001}:8080"]
    volumes: ["files:/files"]
    depends_on: [cache, db]
  cache:
    image: ${image}
    restart: unless-stopped
  db:
    image: ${last}
    volumes: ["data:/data"]
volumes: { files: , data: }
`;

function report(title: string, outcomes: readonly ChaosOutcome[], orphans: number): void {
  const killed = outcomes.filter((o) => o.killed);
  const slowest = Math.max(...killed.map((o) => o.seconds));
  const ends = new Map<string, number>();
  for (const o of killed) ends.set(o.phase, (ends.get(o.phase) ?? 0) + 1);
  process.stderr.write(
    `[chaos] ${title}: killed after ${killed.length} ledger writes; ` +
      `${[...ends].map(([phase, n]) => `${n} ${phase}`).join(', ')}; ` +
      `slowest mended ${slowest.toFixed(1)} s after the restart; orphans: ${orphans}\n`,
  );
}

describe('a worker killed with SIGKILL', () => {
  let lab: AppLab;
  beforeAll(async () => {
    lab = await AppLab.start({ ROLE: 'api', APP_PORT_RANGE: '28000-28199' });
  });
  afterAll(() => lab.close());

  it('after every ledger write of an install of three services, it completes, and its uninstall leaves nothing', async () => {
    const image = await lab.image({ listen: [8080] });
    const points = Array.from({ length: INSTALL_POINTS }, (_, index) => index + 1);
    for (const point of points) await lab.writeApp(`inst${point}`, threeServices(image, image));

    const outcomes = await killAfterEveryStep({
      lab,
      appFor: (point) => `inst${point}`,
      count: 'install',
      killPoints: points,
      atOnce: AT_ONCE,
    });
    const found = await lab.leftovers();
    // Each app of its own: three containers, a network, two volumes, a lease; nothing besides.
    const each = { containers: 3, networks: 1, volumes: 2, leases: 1 };
    const orphans =
      orphansOf(found) -
      points.length * (each.containers + each.networks + each.volumes + each.leases);
    report('install', outcomes, orphans);

    expect(outcomes.filter((o) => o.killed).length).toBeGreaterThanOrEqual(15);
    expect(outcomes.at(-1)?.killed).toBe(false);
    expect(outcomes.filter((o) => o.phase !== 'running')).toEqual([]);
    expect(Math.max(...outcomes.map((o) => o.seconds))).toBeLessThan(MENDED_WITHIN_SECONDS);
    expect(found.containers).toHaveLength(points.length * each.containers);
    expect(orphans).toBe(0);

    await lab.admin.http.post('/uninstallAllApp', { removeData: true });
    expect(await lab.leftovers()).toEqual(CLEAN);
  }, 900_000);

  it('after every ledger write of the roll-back of a failed install, nothing is left', async () => {
    const image = await lab.image({ listen: [8080] });
    const broken = await lab.image({ exitCode: 3, prints: ['no database here'] });
    const points = Array.from({ length: UNDO_POINTS }, (_, index) => index + 1);
    for (const point of points) {
      await lab.writeApp(
        `undo${point}`,
        threeServices(image, broken).replace(
          'depends_on: [cache, db]',
          'depends_on: { cache: { condition: service_started }, db: { condition: service_completed_successfully } }',
        ),
      );
    }
    const outcomes = await killAfterEveryStep({
      lab,
      appFor: (point) => `undo${point}`,
      count: 'undo',
      killPoints: points,
      atOnce: AT_ONCE,
    });
    const found = await lab.leftovers();
    report('undo', outcomes, orphansOf(found));

    expect(outcomes.filter((o) => o.killed).length).toBeGreaterThanOrEqual(7);
    expect(outcomes.at(-1)?.killed).toBe(false);
    expect(outcomes.filter((o) => o.phase !== 'failed')).toEqual([]);
    expect(Math.max(...outcomes.map((o) => o.seconds))).toBeLessThan(MENDED_WITHIN_SECONDS);
    expect(found).toEqual(CLEAN);
  }, 900_000);
});
