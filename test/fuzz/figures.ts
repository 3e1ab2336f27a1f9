import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FILE = join(__dirname, '..', '..', 'docs', 'figures', 'fuzz.json');

/** What runs of the fuzz came to, for the README. */
export interface FuzzFigures {
  readonly runs: number;
  readonly seeds: readonly number[];
  /** Of the OpenAPI document. */
  readonly operations: number;
  readonly roles: number;
  readonly requests: number;
  /** Held against the document. */
  readonly answersChecked: number;
  /** Held against the model of users, codes, bans and sessions. */
  readonly modelCalls: number;
}

const NONE: FuzzFigures = {
  runs: 0,
  seeds: [],
  operations: 0,
  roles: 0,
  requests: 0,
  answersChecked: 0,
  modelCalls: 0,
};

/** Adds to the figures in `docs/figures/fuzz.json`, where FUZZ_FIGURES is set. */
export function addFigures(add: (before: FuzzFigures) => Partial<FuzzFigures>): void {
  if (process.env['FUZZ_FIGURES'] === undefined) return;
  const before = readFigures();
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, `${JSON.stringify({ ...before, ...add(before) }, null, 2)}\n`);
}

function readFigures(): FuzzFigures {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as FuzzFigures;
  } catch {
    return NONE;
  }
}
