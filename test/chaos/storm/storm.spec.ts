import { addFigures } from '../../../scripts/readme/suite-figures';
import { printStorm } from './print-storm';
import { runStorm } from './storm';

/** `CHAOS_SEED`; of several storms the first one's. */
const SEED = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** `CHAOS_FAULTS`, for a long storm; by default about half of the kinds of faults. */
const FAULTS = Number(process.env['CHAOS_FAULTS'] ?? 12);
/** `CHAOS_RUNS`: so many storms, each with the next seed. */
const RUNS = Number(process.env['CHAOS_RUNS'] ?? 1);

jest.setTimeout(400_000 + FAULTS * 20_000);

describe('a storm of faults over two API and two worker processes', () => {
  it.each(Array.from({ length: RUNS }, (_, run) => SEED + run))(
    'loses nothing that clients were told, with seed %i',
    async (seed) => {
      const plan = { seed, faults: FAULTS, calmMs: 3_000, restMs: 120_000, overtakes: true };
      process.stderr.write(`storm: seed ${seed}\n`);
      const report = await runStorm(plan);
      printStorm('storm', report);
      const { faults, told, violations } = report;
      addFigures('storm', (before) => ({
        runs: before.runs + 1,
        seeds: [...before.seeds, seed],
        faults: before.faults + faults.length,
        requests: before.requests + told.requests,
        answersChecked: before.answersChecked + told.answers,
        answersLost: before.answersLost + told.lost,
        tasks: before.tasks + [...told.tasks.values()].flat().length,
        installs: before.installs + told.installs,
        failures: before.failures + violations.length,
      }));
      expect({ seed, faults, violations }).toEqual({ seed, faults, violations: [] });
    },
  );
});
