import { check } from './checker';
import { FAULTS } from './faults';
import { pause } from './load';
import { overtakeRemover } from './overtaken-remover';
import type { PlantedBug } from './planted-bugs';
import { SeededRandom } from './random';
import { startWorld } from './storm-world';
import type { Told } from './told';

export interface StormPlan {
  readonly seed: number;
  /** Number of faults; 0: only load. */
  readonly faults: number;
  /** Load without faults before and after them. */
  readonly calmMs: number;
  /** How long the product may take to come to rest. */
  readonly restMs: number;
  /** Whether an uninstall is overtaken by another process and a new installation, after the faults. */
  readonly overtakes: boolean;
  readonly plantedBug?: PlantedBug;
}

export interface StormReport {
  readonly seed: number;
  readonly seconds: number;
  readonly faults: readonly string[];
  readonly told: Told;
  readonly violations: readonly string[];
}

/** Two API and two worker processes under load, one fault after the other, then the check. */
export async function runStorm(plan: StormPlan): Promise<StormReport> {
  const started = performance.now();
  const { seed } = plan;
  const world = await startWorld(seed + 1, plan.plantedBug);
  try {
    const random = new SeededRandom(seed);
    await world.load.begin();
    await pause(plan.calmMs);
    const faults: string[] = [];
    const only = new RegExp(process.env['CHAOS_ONLY'] ?? '');
    const names = Object.keys(FAULTS).filter((name) => only.test(name));
    for (const name of random.draw(names, plan.faults)) {
      world.lastFault = performance.now();
      faults.push((await FAULTS[name]?.({ ...world, random })) ?? '');
      world.lastFault = performance.now();
      await pause(random.between(0, 500));
    }
    await pause(plan.calmMs);
    if (plan.overtakes)
      faults.push(
        await overtakeRemover(world).catch((error: unknown) => {
          world.told.violation(`no uninstall was overtaken: ${String(error)}`);
          return 'no uninstall overtaken';
        }),
      );
    await world.load.end();
    const violations = await check(world, plan.restMs);
    return {
      seed,
      seconds: (performance.now() - started) / 1000,
      faults,
      told: world.told,
      violations,
    };
  } finally {
    await world.close();
  }
}
