import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes';
import { rowsOf, type Figure, type Row } from './rows';
import { World } from './world';

const args = process.argv.slice(2);
const quick = args.includes('--quick');
/** `--only=status,me` measures these rows alone. */
const only = args
  .find((arg) => arg.startsWith('--only='))
  ?.slice(7)
  .split(',');
const rounds = quick ? 2 : 4;
const scale = quick
  ? { seconds: 2, bigHistory: 300_000, apps: 10, batchTasks: 10_000 }
  : { seconds: 3, bigHistory: 1_000_000, apps: 50, batchTasks: 30_000 };

interface Result {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly baseline: string;
  readonly mark: Row['mark'];
  readonly skipped?: string;
  readonly ours?: readonly number[];
  readonly theirs?: readonly number[];
  readonly ratio?: number;
  /** Lowest and highest ratio of a single round. */
  readonly spread?: readonly [number, number];
  /** The same ratio for a second of the processes' own processor time: little disturbed by other load. */
  readonly cpuRatio?: number;
  readonly reached?: boolean;
}

const world = new World();
let ending: Promise<void> | undefined;
const end = (): Promise<void> => (ending ??= world.stop());
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void end().finally(() => process.exit(130)));

async function measure(row: Row): Promise<Result> {
  const { id, title, unit, baseline, mark } = row;
  const head = { id, title, unit, baseline, mark };
  try {
    const skipped = await row.prepare?.();
    if (skipped) return { ...head, skipped };
    // Unmeasured first: code that was never run is many times slower.
    for (let i = 0; (row.rounds ?? rounds) > 1 && i < 2; i++) {
      await row.measure();
      await row.measureBaseline();
    }
    const figures: [Figure, Figure][] = [];
    for (let round = 0; round < (row.rounds ?? rounds); round++)
      figures.push([await row.measure(), await row.measureBaseline()]);
    const ours = figures.map(([figure]) => valueOf(figure));
    const theirs = figures.map(([, figure]) => valueOf(figure));
    const cpu = figures.flatMap(([a, b]) =>
      typeof a === 'number' || typeof b === 'number' ? [] : a.perCpuSecond / b.perCpuSecond,
    );
    const ratios = ours.map((value, i) => value / theirs[i]!);
    const ratio = median(ours) / median(theirs);
    const reached = 'atLeast' in mark ? ratio >= mark.atLeast : ratio <= mark.atMost;
    return { ...head, ours, theirs, ratio, spread: [Math.min(...ratios), Math.max(...ratios)], reached, ...(cpu.length > 0 ? { cpuRatio: median(cpu) } : {}) }; // prettier-ignore
  } catch (error) {
    return { ...head, skipped: `failed: ${(error as Error).message.slice(0, 300)}` };
  }
}

function valueOf(figure: Figure): number {
  return typeof figure === 'number' ? figure : figure.perSecond;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const short = (value: number): string =>
  value >= 1_000 ? `${(value / 1_000).toFixed(1)} k` : value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2); // prettier-ignore

function lineOf(result: Result): string {
  const { title, unit, baseline, mark, ours, theirs, ratio, spread } = result;
  const wanted = 'atLeast' in mark ? `≥ ${mark.atLeast}` : `≤ ${mark.atMost}`;
  if (!ours || !theirs || ratio === undefined || !spread)
    return `| ${title} | – | ${baseline} | – | – | ${wanted} | skipped: ${result.skipped} |`;
  const range = `${spread[0].toFixed(2)}–${spread[1].toFixed(2)}`;
  return (
    `| ${title} | ${short(median(ours))} ${unit} | ${baseline}: ${short(median(theirs))} ${unit} ` +
    `| **${ratio.toFixed(2)}** (${range}) | ${result.cpuRatio?.toFixed(2) ?? '–'} | ${wanted} | ${result.reached ? 'yes' : 'no'} |`
  );
}

async function main(): Promise<void> {
  execFileSync('which', ['wrk'], { stdio: 'ignore' });
  await world.start(200);
  const results: Result[] = [];
  const rows = rowsOf(world, scale).filter(({ id }) => !only || only.includes(id));
  console.log(
    '| call | ours | baseline | ratio (spread) | per CPU second | mark | reached |\n|---|---|---|---|---|---|---|',
  );
  for (const row of rows) {
    if (ending) return;
    const result = await measure(row);
    results.push(result);
    console.log(lineOf(result));
  }
  const file = join(root, '.data', 'bench.json');
  writeFileSync(file, JSON.stringify({ at: new Date().toISOString(), quick, results }, null, 2));
  console.log(`\nThe same as JSON: ${file}`);
}

main()
  .catch((error: unknown) => {
    const missing = (error as { path?: string }).path === 'which' || /which/.test(String(error));
    console.error(missing ? 'wrk is not installed: apt-get install wrk' : error);
    process.exitCode = 1;
  })
  .finally(end);
