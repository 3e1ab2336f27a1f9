import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StormReport } from './storm';

const FILE = join(__dirname, '..', '..', '..', 'docs', 'figures', 'storm.json');

/** What storms came to, for the README. */
export interface StormFigures {
  readonly runs: number;
  readonly seeds: readonly number[];
  readonly faults: number;
  readonly requests: number;
  readonly answersChecked: number;
  readonly answersLost: number;
  /** Acknowledged tasks, each looked for afterwards. */
  readonly tasks: number;
  readonly installs: number;
  /** What clients were told and was not so. */
  readonly losses: number;
}

const NONE: StormFigures = {
  runs: 0,
  seeds: [],
  faults: 0,
  requests: 0,
  answersChecked: 0,
  answersLost: 0,
  tasks: 0,
  installs: 0,
  losses: 0,
};

/** Adds a storm to the figures in `docs/figures/storm.json`. */
export function addFigures({ seed, faults, told, violations }: StormReport): void {
  const before = readFigures();
  const after: StormFigures = {
    runs: before.runs + 1,
    seeds: [...before.seeds, seed],
    faults: before.faults + faults.length,
    requests: before.requests + told.requests,
    answersChecked: before.answersChecked + told.answers,
    answersLost: before.answersLost + told.lost,
    tasks: before.tasks + [...told.tasks.values()].flat().length,
    installs: before.installs + told.installs,
    losses: before.losses + violations.length,
  };
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, `${JSON.stringify(after, null, 2)}\n`);
}

function readFigures(): StormFigures {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as StormFigures;
  } catch {
    return NONE;
  }
}
