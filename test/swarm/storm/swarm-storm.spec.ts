import { SeededRandom } from '../../chaos/storm/random';
import { SwarmCheck, type SwarmCounts, type Wanted } from './swarm-check';
import { SwarmFaults } from './swarm-faults';
import { SwarmLoad } from './swarm-load';
import { tally } from './tally';
import { startSwarmWorld, type SwarmWorld } from './swarm-world';

const number = (name: string, otherwise: number): number => Number(process.env[`SWARM_STORM_${name}`] ?? otherwise); // prettier-ignore

const SEED = number('SEED', Math.floor(Math.random() * 2 ** 31));
/** A short form: `SWARM_STORM_APPS=3 SWARM_STORM_OPERATIONS=10`. */
const APPS = number('APPS', 12);
const OPERATIONS = number('OPERATIONS', 60);
const LINK_SECONDS = number('LINK_SECONDS', 60);
const MANAGERS = number('MANAGERS', 3);
/** A name from `test/chaos/storm/planted-bugs.ts`, to see that the check finds it: `forgotten stop`, `kept files`, `leaked lease`. */
const BUG = process.env['SWARM_STORM_BUG'] ?? '';

const NOTHING: SwarmCounts = {
  notEnded: 0,
  wrongState: 0,
  twice: 0,
  orphans: { services: 0, containers: 0, networks: 0, volumes: 0, files: 0, secrets: 0, leases: 0, folders: 0 }, // prettier-ignore
};

jest.setTimeout(5_400_000);

const begun = performance.now();
const report = (text: string): void =>
  void process.stderr.write(
    `[swarm storm ${Math.round((performance.now() - begun) / 1000)} s] ${text}\n`,
  );
const counted = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([what, count]) => `${what}×${count}`).join(' ') || 'none';

describe('apps over three engines, with servers on two of them', () => {
  let world: SwarmWorld;
  beforeAll(async () => {
    world = await startSwarmWorld({ apps: APPS, managers: MANAGERS, plantedBug: BUG });
  });
  afterAll(() => world?.close());

  it(`end each of ${OPERATIONS} operations, twice in no place and without orphans, with seed ${SEED}`, async () => {
    report(`seed ${SEED}, ${APPS} apps, ${OPERATIONS} operations, ${MANAGERS} managers`);
    const load = new SwarmLoad(world, new SeededRandom(SEED), OPERATIONS);
    const faults = new SwarmFaults(world, new SeededRandom(SEED + 1), LINK_SECONDS, report);
    faults.begin();
    await load.run(faults);
    report('all operations are over');
    await faults.end();
    const check = new SwarmCheck(world);
    await check.rest();
    const { engines, links, apis, workers } = faults.counts;
    const crashes = world.swarm.nodes.flatMap((node) => node.crashes);
    report(`faults: ${engines} engines killed, ${links} links cut for ${LINK_SECONDS} s, ${apis} API and ${workers} worker processes killed`); // prettier-ignore
    report(`engines that crashed by themselves and were started again: ${crashes.length}`);
    for (const crash of crashes) report(`  ${crash}`);
    report(`operations: ${load.total} accepted (${counted(load.accepted)}), ${load.lost} without an answer, refused: ${counted(load.refused)}; installs failed: ${counted(load.failures)}`); // prettier-ignore
    const wanted = [...load.wanted.values()].map((rests) => [...rests].join(' or '));
    report(`asked for last: ${counted(tally(wanted))}`);
    const count = async (what: string, ofApps: Wanted): Promise<SwarmCounts> => {
      const counts = await check.count(ofApps);
      report(`${what}: ${JSON.stringify(counts)}`);
      for (const detail of check.details) report(`  ${detail}`);
      return counts;
    };
    for (const detail of [...load.notEnded, ...load.wrong]) report(`  ${detail}`);
    const afterwards = await count('at rest', load.wanted);
    await check.uninstallAll();
    const removed = await count('after all were removed', new Map());
    expect(load.total).toBeGreaterThanOrEqual(OPERATIONS);
    expect([load.notEnded, load.wrong]).toEqual([[], []]);
    expect([afterwards, removed]).toEqual([NOTHING, NOTHING]);
  });
});
