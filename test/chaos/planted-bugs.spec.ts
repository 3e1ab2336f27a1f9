import type { PlantedBug } from './storm/planted-bugs';
import { printStorm } from './storm/print-storm';
import { runStorm } from './storm/storm';

const SEED = 7;

/** What the check says of each planted bug, and how long its load runs, twice. */
const EXPECTED: readonly (readonly [PlantedBug, RegExp, number])[] = [
  ['lost update', /acknowledged tasks are lost/, 3_000],
  ['double run', /tasks without exactly one record/, 4_000],
  ['leaked lease', /left behind: .*"leases":[1-9]/, 8_000],
  ['unfenced remove', /overtaken uninstall removed the folder/, 0],
  ['wrong role check', /served an administrator route/, 3_000],
  ['ban ignored', /let a banned user in/, 3_000],
];

jest.setTimeout(300_000);

/** A check that cannot fail is worth nothing. */
describe('the check of a storm', () => {
  it.each(EXPECTED)('finds a planted bug: %s', async (plantedBug, expected, calmMs) => {
    const overtakes = plantedBug === 'unfenced remove';
    const plan = { seed: SEED, faults: 0, calmMs, restMs: 15_000, overtakes, plantedBug };
    const report = await runStorm(plan);
    printStorm(plantedBug, report);
    expect(report.violations).toContainEqual(expect.stringMatching(expected));
  });
});
