import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';

interface RunFigures {
  readonly runs: number;
  readonly seeds: readonly number[];
  readonly requests: number;
  /** Answers compared with what they have to be. */
  readonly answersChecked: number;
  /** What the check of a run objected to. */
  readonly failures: number;
}

/** What the random suites came to over several runs; each suite adds its own. */
export interface SuiteFigures {
  readonly storm: RunFigures & {
    readonly faults: number;
    readonly answersLost: number;
    /** Acknowledged tasks, each looked for afterwards. */
    readonly tasks: number;
    readonly installs: number;
  };
  readonly fuzz: RunFigures & {
    /** Of the OpenAPI document. */
    readonly operations: number;
    readonly roles: number;
    /** Calls compared with the model of users, codes, bans and sessions. */
    readonly modelCalls: number;
  };
}

const figuresFile = (suite: keyof SuiteFigures): string =>
  join(PROJECT_ROOT, 'docs/figures', `${suite}.json`);

const readFigures = <S extends keyof SuiteFigures>(suite: S): SuiteFigures[S] =>
  JSON.parse(readFileSync(figuresFile(suite), 'utf8')) as SuiteFigures[S];

const grouped = (value: number): string => value.toLocaleString('en');

/** The figures of the random suites as a Markdown table. */
export function suiteTable(): string {
  const storm = readFigures('storm');
  const fuzz = readFigures('fuzz');
  const line = (suite: string, { runs, answersChecked, failures }: RunFigures, done: string) =>
    `| ${suite} | ${runs} | ${done} | ${grouped(answersChecked)} | ${failures} |`;
  return [
    '| suite | runs | what they did | answers checked | failures |',
    '|---|---|---|---|---|',
    line(
      'storm of faults (`npm run test:chaos`)',
      storm,
      `${grouped(storm.faults)} faults during ${grouped(storm.requests)} requests, ` +
        `${grouped(storm.tasks)} accepted tasks, ${grouped(storm.installs)} installs`,
    ),
    line(
      'random input (`npm run test:fuzz`)',
      fuzz,
      `${grouped(fuzz.requests)} requests to ${fuzz.operations} operations in ${fuzz.roles} roles; ` +
        `${grouped(fuzz.modelCalls)} calls compared with a model`,
    ),
  ].join('\n');
}

const RUN = { runs: 0, seeds: [], requests: 0, answersChecked: 0, failures: 0 };
const NONE: SuiteFigures = {
  storm: { ...RUN, faults: 0, answersLost: 0, tasks: 0, installs: 0 },
  fuzz: { ...RUN, operations: 0, roles: 0, modelCalls: 0 },
};

/** Where FIGURES is set, adds what a run came to to `docs/figures`. */
export function addFigures<S extends keyof SuiteFigures>(
  suite: S,
  add: (before: SuiteFigures[S]) => Partial<SuiteFigures[S]>,
): void {
  if (process.env['FIGURES'] === undefined) return;
  const file = figuresFile(suite);
  const before = existsSync(file) ? readFigures(suite) : NONE[suite];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...before, ...add(before) }, null, 2)}\n`);
}
