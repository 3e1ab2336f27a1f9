import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { busyPercent, parseCpuTimes, type CpuTimes } from '../../src/server/host-metrics/cpu-times';
import { pollUntil } from './poll-until';

const run = promisify(execFile);
const docker = new Docker();

/** What `searchServer` says, as far as the tools of the machine can say it too. */
export interface ToldFigures {
  readonly cpu: string;
  readonly memory: string;
  readonly hdd: string;
  readonly sampledAt: string;
  readonly cores: number;
  readonly limits: {
    readonly cgroupVersion: number;
    readonly cpuCores: number | null;
    readonly cpuPercent: number | null;
    readonly memoryBytes: number | null;
    readonly memoryPercent: number | null;
  } | null;
  readonly docker: {
    readonly usage: readonly {
      readonly name: string;
      readonly cpuPercent: number | null;
      readonly memoryBytes: number;
      readonly memoryLimitBytes: number;
    }[];
  };
}

export type AskFigures = () => Promise<ToldFigures>;

/** One figure twice: as the server tells it and as the tool measures it, in percent. */
export interface Compared {
  readonly figure: string;
  readonly told: number;
  readonly measured: number;
}

/** Points between the two, at most, that count as agreement. */
const TOLERANCE = 2;

/**
 * Figures of the machine against `/proc/stat`, `free` and `df`.
 *
 * @param container the server's own container: its share of its CPU limit is compared with the
 * engine's counters, from which `docker stats` computes, read at the same moments
 */
export async function compareMachine(ask: AskFigures, container?: string): Promise<Compared[]> {
  const measured = await besideTheSampler(ask, container);
  const [told, memory, hdd] = await Promise.all([ask(), usedMemory(), usedDisk()]);
  const cores = told.limits?.cpuCores ?? NaN;
  return [
    { figure: 'cpu', told: parseInt(told.cpu, 10), measured: measured.machinePercent },
    { figure: 'memory', told: parseInt(told.memory, 10), measured: memory },
    { figure: 'hdd', told: parseInt(told.hdd, 10), measured: hdd },
    ...(measured.containerCores === null
      ? []
      : [
          {
            figure: 'cpu of the limit',
            told: told.limits?.cpuPercent ?? NaN,
            measured: (measured.containerCores / cores) * 100,
          },
        ]),
  ];
}

/** Figures of containers against `docker stats`. */
export async function compareContainers(
  ask: AskFigures,
  names: readonly string[],
): Promise<Compared[]> {
  const measured = await dockerStats(names);
  const { docker } = await ask();
  return names.flatMap((name) => {
    const told = docker.usage.find((usage) => usage.name === name);
    const share = told ? (told.memoryBytes / told.memoryLimitBytes) * 100 : NaN;
    const by = measured.get(name);
    return [
      { figure: `${name} cpu`, told: told?.cpuPercent ?? NaN, measured: by?.cpu ?? NaN },
      { figure: `${name} memory`, told: share, measured: by?.memory ?? NaN },
    ];
  });
}

/** Compares until all agree at the same time; fails with what does not. */
export async function untilAgreed(compare: () => Promise<Compared[]>): Promise<void> {
  let apart: Compared[] = [];
  await pollUntil(
    'all figures to agree',
    async () => {
      apart = (await compare()).filter(
        ({ told, measured }) => !(Math.abs(told - measured) <= TOLERANCE),
      );
      return apart.length === 0;
    },
    { deadlineMs: 45_000 },
  ).catch(() => undefined);
  expect(apart).toEqual([]);
}

/** Percent of one core and of the memory limit, by container. */
export async function dockerStats(
  names: readonly string[],
): Promise<Map<string, { readonly cpu: number; readonly memory: number }>> {
  const format = '{{.Name}} {{.CPUPerc}} {{.MemPerc}}';
  const { stdout } = await run('docker', ['stats', '--no-stream', '--format', format, ...names]);
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => {
        const [name = '', cpu = '', memory = ''] = line.split(' ');
        return [name, { cpu: parseFloat(cpu), memory: parseFloat(memory) }];
      }),
  );
}

/** A snapshot covers two intervals of the sampler, so counters are read at both ends of two. */
async function besideTheSampler(
  ask: AskFigures,
  container?: string,
): Promise<{ machinePercent: number; containerCores: number | null }> {
  let last = (await ask()).sampledAt;
  const readings: { cpu: CpuTimes; atMs: number; used: number | null }[] = [];
  while (readings.length < 3) {
    await pollUntil('a new sample', async () => (await ask()).sampledAt !== last, { everyMs: 5 });
    const cpu = cpuTimes();
    const used = container ? await cpuSecondsOf(container) : null;
    readings.push({ cpu, atMs: performance.now(), used });
    last = (await ask()).sampledAt;
  }
  const [before, , after] = readings as [(typeof readings)[0], unknown, (typeof readings)[0]];
  return {
    machinePercent: busyPercent(before.cpu, after.cpu) ?? NaN,
    containerCores:
      before.used === null || after.used === null
        ? null
        : (after.used - before.used) / ((after.atMs - before.atMs) / 1000),
  };
}

async function cpuSecondsOf(container: string): Promise<number> {
  const options = { stream: false, 'one-shot': true } as const;
  const { cpu_stats: cpu } = await docker.getContainer(container).stats(options);
  return cpu.cpu_usage.total_usage / 1e9;
}

function cpuTimes(): CpuTimes {
  const times = parseCpuTimes(readFileSync('/proc/stat', 'utf8'));
  if (!times) throw new Error('no /proc/stat');
  return times;
}

async function usedMemory(): Promise<number> {
  const { stdout } = await run('free', ['-b']);
  const [total = 0, , , , , available = 0] =
    /^Mem:\s+(.+)$/m.exec(stdout)?.[1]?.trim().split(/\s+/).map(Number) ?? [];
  return ((total - available) / total) * 100;
}

async function usedDisk(): Promise<number> {
  const { stdout } = await run('df', ['--output=pcent', '/']);
  return Number(/(\d+)%/.exec(stdout)?.[1]);
}
