import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import {
  busyPercent,
  parseCpuTimes,
  type CpuTimes,
} from '../../../src/server/host-metrics/cpu-times';
import { pollUntil } from '../poll-until';

const run = promisify(execFile);
const docker = new Docker();

/** What `searchServer` says, as far as the tools of the machine can say it too. */
export interface ReportedMetrics {
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
      readonly receivedPerSecond: number | null;
      readonly sentPerSecond: number | null;
    }[];
  };
}

export type ReadReport = () => Promise<ReportedMetrics>;

/** One metric twice: as the server reports it and as the tool measures it, in percent. */
export interface Compared {
  readonly metric: string;
  readonly reported: number;
  readonly measured: number;
}

/** Points between the two, at most, that count as agreement. */
const TOLERANCE = 2;

/**
 * Metrics of the machine against `/proc/stat`, `free` and `df`.
 *
 * @param container the server's own container: its share of its CPU limit is compared with the
 * engine's counters, from which `docker stats` computes, read at the same moments
 */
export async function compareMachine(ask: ReadReport, container?: string): Promise<Compared[]> {
  const measured = await besideTheSampler(ask, container);
  const [reported, memory, hdd] = await Promise.all([ask(), usedMemory(), usedDisk()]);
  const cores = reported.limits?.cpuCores ?? NaN;
  return [
    { metric: 'cpu', reported: parseInt(reported.cpu, 10), measured: measured.machinePercent },
    { metric: 'memory', reported: parseInt(reported.memory, 10), measured: memory },
    { metric: 'hdd', reported: parseInt(reported.hdd, 10), measured: hdd },
    ...(measured.containerCores === null
      ? []
      : [
          {
            metric: 'cpu of the limit',
            reported: reported.limits?.cpuPercent ?? NaN,
            measured: (measured.containerCores / cores) * 100,
          },
        ]),
  ];
}

/** Metrics of containers against `docker stats`. */
export async function compareContainers(
  ask: ReadReport,
  names: readonly string[],
): Promise<Compared[]> {
  const measured = await dockerStats(names);
  const { docker } = await ask();
  return names.flatMap((name) => {
    const reported = docker.usage.find((usage) => usage.name === name);
    const share = reported ? (reported.memoryBytes / reported.memoryLimitBytes) * 100 : NaN;
    const by = measured.get(name);
    return [
      { metric: `${name} cpu`, reported: reported?.cpuPercent ?? NaN, measured: by?.cpu ?? NaN },
      { metric: `${name} memory`, reported: share, measured: by?.memory ?? NaN },
    ];
  });
}

/** Compares until all agree at the same time; fails with what does not. */
export async function untilAgreed(compare: () => Promise<Compared[]>): Promise<void> {
  let apart: Compared[] = [];
  await pollUntil(
    'all metrics to agree',
    async () => {
      apart = (await compare()).filter(
        ({ reported, measured }) => !(Math.abs(reported - measured) <= TOLERANCE),
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
  ask: ReadReport,
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
