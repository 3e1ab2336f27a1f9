import { EscapeArena } from '../support/escapes/arena';
import { hunt } from '../support/escapes/hunt';
import { PrivateEngine } from '../support/private-engine';

/** Numbers of templates; the defaults take about an hour on two cores. */
const number = (name: string, fallback: number) => Number(process.env[name] ?? fallback);
const SEED = number('ESCAPE_SEED', Date.now() % 2 ** 31);

/** The long form of the test of escapes: thousands of templates, every usable one let in on an engine of its own. */
describe('an app of an untrusted catalog', () => {
  let engine: PrivateEngine;
  let arena: EscapeArena;
  beforeAll(async () => {
    engine = await PrivateEngine.start();
    arena = await EscapeArena.start(engine);
  }, 180_000);
  afterAll(async () => {
    await arena?.close();
    await engine?.destroy();
  }, 180_000);

  it(
    `stays inside whatever it consists of (seed ${SEED})`,
    async () => {
      const { escapes, ...counts } = await hunt(arena, {
        seed: SEED,
        judged: number('ESCAPE_RUNS', 5000),
        shareOfAccepted: number('ESCAPE_ACCEPTED', 15),
        installs: number('ESCAPE_INSTALLS', Infinity),
        refusals: number('ESCAPE_REFUSALS', Infinity),
        parallel: 3,
      });
      console.log(JSON.stringify(counts));
      expect(escapes).toEqual([]);
      expect(counts.ran['upgrade']).toBeGreaterThan(0);
    },
    6 * 60 * 60 * 1000,
  );
});
