import type { SeededRandom } from './random';
import type { StormWorld } from './storm-world';

export interface FaultContext extends StormWorld {
  readonly random: SeededRandom;
}

/** One fault: applied, held and healed again. Answers what it did, for the log. */
export type Fault = (context: FaultContext) => Promise<string>;

/** What only root can do: as another user it is left out, and the log says so. */
export const NEEDS_ROOT = 'left out: only as root';
