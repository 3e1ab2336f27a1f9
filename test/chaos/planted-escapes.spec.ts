import fc from 'fast-check';
import type { HostileApp } from '../support/escapes/arena';
import { appOf, hostileApps } from '../support/escapes/hostile-templates';
import { atomsFor, type Atom } from '../support/escapes/hostile-values';
import { Judge } from '../support/escapes/judge';
import { plantedDefects } from '../support/escapes/planted-defects';
import { PrivateEngine } from '../support/private-engine';

const SEED = Number(process.env['ESCAPE_SEED'] ?? 20261121);
const JUDGED = 300;
const MAX_LET_IN = 40;

/** The generator against a server without one of its defences: it must find the way out. */
describe('the generator of hostile templates', () => {
  let engine: PrivateEngine;
  beforeAll(async () => {
    engine = await PrivateEngine.start();
  }, 120_000);
  afterAll(() => engine?.destroy(), 120_000);

  it.each(plantedDefects)(
    'finds $name',
    async ({ name, keys, aim = () => true, plant }) => {
      jest.resetModules();
      plant();
      type Arena = typeof import('../support/escapes/arena');
      type Judges = typeof import('../support/escapes/judge');
      const { EscapeArena } = jest.requireActual<Arena>('../support/escapes/arena');
      const arena = await EscapeArena.start(engine);
      const { image, targets } = arena;
      const strict = await Judge.start(arena.lab.prefix);
      const judge = await jest
        .requireActual<Judges>('../support/escapes/judge')
        .Judge.start(arena.lab.prefix);
      try {
        const atoms = atomsFor(targets, SEED).filter(
          (atom) => keys.includes(atom.key) && aim(appOf(image, targets, [atom]), targets),
        );
        const accepted: Atom[] = [];
        for (const atom of atoms) {
          if ((await judge.verdict(appOf(image, targets, [atom]))) === 'usable')
            accepted.push(atom);
        }
        const candidates: { app: HostileApp; rank: number; size: number }[] = [];
        let changed = 0;
        for (const app of fc.sample(
          hostileApps(image, targets, atoms, accepted, accepted.length < 2 ? 0 : 50),
          {
            numRuns: JUDGED,
            seed: SEED,
          },
        )) {
          const verdict = await judge.verdict(app);
          const differs = verdict !== (await strict.verdict(app));
          if (differs) changed += 1;
          // First what this server judges otherwise than it should; small ones fail less for other reasons.
          if (differs || verdict === 'usable')
            candidates.push({
              app,
              rank: Number(!differs) + Number(verdict !== 'usable'),
              size: app.compose.split('":').length,
            });
        }
        candidates.sort((one, other) => one.rank - other.rank || one.size - other.size);
        const found: string[] = [];
        let tried = 0;
        for (const { app } of candidates.slice(0, MAX_LET_IN)) {
          tried += 1;
          found.push(...(await arena.letIn('stranger', app)).reached);
          if (found.length > 0) break;
        }
        console.log(
          `${name}: judged ${JUDGED}, ${changed} otherwise than before; app ${tried} got out: ${found.join(' | ')}`,
        );
        expect(found).not.toEqual([]);
      } finally {
        await strict.close();
        await judge.close();
        await arena.close();
      }
    },
    15 * 60_000,
  );
});
