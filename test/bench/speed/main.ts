import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes';
import { consoleRowsOf } from './console-rows';
import type { Figure } from './figures';
import { measureGrowth, type Dimension, type GrowthPoint } from './growth';
import { growthPicture } from './growth-picture';
import { loopRowsOf } from './loop-rows';
import { rowsOf, type Row } from './rows';
import { soak } from './soak';
import { World } from './world';

const USAGE = `npm run bench -- [--quick] [--only=ROW,ROW] | --growth[=users|apps|records] | --soak=MINUTES
docs/performance.md says what each measures.`;
const args = process.argv.slice(2);
const unknown = args.find((arg) => !/^--(quick|only=.+|growth(=(users|apps|records))?|soak=\d+)$/.test(arg)); // prettier-ignore
if (unknown !== undefined) {
  if (unknown !== '--help') console.error(`There is no option ${unknown}.`);
  console.error(USAGE);
  process.exit(unknown === '--help' ? 0 : 2);
}
const quick = args.includes('--quick');
/** `--only=status,me` measures these rows alone. */
const only = args
  .find((arg) => arg.startsWith('--only='))
  ?.slice(7)
  .split(',');
const rounds = quick ? 2 : 4;
const warmUps = quick ? 1 : 2;
const scale = quick
  ? { seconds: 1, bigHistory: 300_000, apps: 10, batchTasks: 10_000, records: 20_000 }
  : { seconds: 3, bigHistory: 1_000_000, apps: 50, batchTasks: 30_000, records: 200_000 };

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
  /** What the row took in all, warm-up and baseline included. */
  readonly seconds?: number;
}

/** `--growth` and `--soak=MINUTES` measure that alone. */
const growth = args.some((arg) => /^--growth(=|$)/.test(arg));
const soakMinutes = Number(args.find((arg) => arg.startsWith('--soak='))?.slice(7) ?? 0);

const begun = performance.now();
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
    for (let i = 0; (row.rounds ?? rounds) > 1 && i < warmUps; i++) {
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
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? `${message} (${cause.message})` : message;
    return { ...head, skipped: `failed: ${reason.slice(0, 300)}` };
  }
}

function secondsSince(begun: number): number {
  return Math.round((performance.now() - begun) / 1000);
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
    return `| ${title} | – | ${baseline} | – | – | ${wanted} | skipped: ${result.skipped} | ${result.seconds} s |`;
  const range = `${spread[0].toFixed(2)}–${spread[1].toFixed(2)}`;
  return (
    `| ${title} | ${short(median(ours))} ${unit} | ${baseline}: ${short(median(theirs))} ${unit} ` +
    `| **${ratio.toFixed(2)}** (${range}) | ${result.cpuRatio?.toFixed(2) ?? '–'} | ${wanted} | ${result.reached ? 'yes' : 'no'} | ${result.seconds} s |`
  );
}

async function main(): Promise<void> {
  execFileSync('which', ['wrk'], { stdio: 'ignore' });
  await world.start(200);
  if (growth) return grow();
  if (soakMinutes > 0) return soakFor(soakMinutes);
  const results: Result[] = [];
  const rows = [
    ...rowsOf(world, scale),
    ...loopRowsOf(world, scale),
    ...consoleRowsOf(world),
  ].filter(({ id, onlyInFull }) => (only ? only.includes(id) : !(quick && onlyInFull)));
  console.log(
    '| call | ours | baseline | ratio (spread) | per CPU second | mark | reached | took |\n|---|---|---|---|---|---|---|---|',
  );
  for (const row of rows) {
    if (ending) return;
    const rowBegun = performance.now();
    const result = { ...(await measure(row)), seconds: secondsSince(rowBegun) };
    results.push(result);
    console.log(lineOf(result));
  }
  console.log(`\n${secondsSince(begun)} s in all`);
  write('.data/bench.json', { at: new Date().toISOString(), quick, results });
}

/** Every figure at each size, as a list, as JSON and as one picture. */
async function grow(): Promise<void> {
  const points: GrowthPoint[] = [];
  const sizes: Record<Dimension, number[]> = quick
    ? { users: [10, 100], apps: [10, 100], records: [10_000, 100_000] }
    : { users: [10, 100, 1_000], apps: [10, 100, 1_000], records: [10_000, 1_000_000, 10_000_000] };
  // `--growth=apps` measures that dimension again and keeps the figures of the others.
  const dimension = args.find((arg) => arg.startsWith('--growth='))?.slice(9);
  for (const name of Object.keys(sizes) as Dimension[])
    if (dimension && name !== dimension) sizes[name] = [];
  if (dimension) points.push(...keptPoints().filter((point) => point.dimension !== dimension));
  const kept = points.length;
  console.log('| grows | size | figure | value |\n|---|---|---|---|');
  try {
    for await (const point of measureGrowth(world, sizes, scale.seconds)) {
      const { dimension, size, figure, value, unit } = point;
      points.push(point);
      console.log(`| ${dimension} | ${size} | ${figure} | ${short(value)} ${unit} |`);
    }
  } finally {
    // What an hour has measured is not lost with the last figure.
    if (points.length > kept && !ending) writeGrowth(points);
  }
}

function writeGrowth(points: readonly GrowthPoint[]): void {
  const folder = quick ? '.data' : 'docs';
  write(`${folder}/growth.json`, { at: new Date().toISOString(), points });
  writeFileSync(join(root, folder, 'growth.svg'), growthPicture(points));
}

function keptPoints(): GrowthPoint[] {
  const text = readFileSync(join(root, 'docs', 'growth.json'), 'utf8');
  return (JSON.parse(text) as { points: GrowthPoint[] }).points;
}

async function soakFor(minutes: number): Promise<void> {
  const { calls, heapFloors, resident } = await soak(world, minutes);
  const list = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(', ');
  console.log(`${calls} calls in ${minutes} minutes; MiB in each sixth of the time:`);
  console.log(`heap after collections: ${list(heapFloors)}\nresident: ${list(resident)}`);
  write('.data/soak.json', { at: new Date().toISOString(), minutes, calls, heapFloors, resident });
}

function write(path: string, content: object): void {
  writeFileSync(join(root, path), `${JSON.stringify(content, null, 2)}\n`);
  console.log(`\nThe same as JSON: ${path}`);
}

main()
  .catch((error: unknown) => {
    const missing = (error as { path?: string }).path === 'which' || /which/.test(String(error));
    console.error(missing ? 'wrk is not installed: apt-get install wrk' : error);
    process.exitCode = 1;
  })
  .finally(end);
