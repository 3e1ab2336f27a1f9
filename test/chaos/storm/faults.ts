import { createServer } from 'node:net';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { docker, type AppLab } from '../../support/factories/app-lab';
import { pause } from './load';
import type { SeededRandom } from './random';
import { clockCanJump, SERVICES, type StormProcess } from './storm-process';

export interface FaultContext {
  readonly lab: AppLab;
  readonly processes: readonly StormProcess[];
  readonly random: SeededRandom;
  /** Whether the data folder is a small file system of its own that may be filled. */
  readonly mayFillDisk: boolean;
}

/** One fault: applied, held and healed again. Answers what it did, for the log. */
type Fault = (context: FaultContext) => Promise<string>;

const holdMs = (random: SeededRandom): number => random.between(500, 4_000);

const network =
  (kind: 'cut' | 'stall' | 'halfOpen' | 'slow'): Fault =>
  async ({ processes, random }) => {
    const process = random.pick(processes);
    const service = random.pick(SERVICES);
    const proxy = process.proxies[service];
    await (kind === 'slow' ? proxy.slow(random.between(50, 800)) : proxy[kind]());
    await pause(holdMs(random));
    await proxy.restore();
    return `${kind} ${service} of ${process.name}`;
  };

/** A container of this storm, or null while there is none. */
async function anyContainer({ lab, random }: FaultContext) {
  const all = await docker.listContainers({ all: true });
  const ours = all.filter((c) => c.Names.some((name) => name.startsWith(`/${lab.prefix}`)));
  const found = ours.length > 0 ? random.pick(ours) : null;
  return found && docker.getContainer(found.Id);
}

const hand =
  (kind: 'kill' | 'remove' | 'rename' | 'stop'): Fault =>
  async (context) => {
    const container = await anyContainer(context);
    if (!container) return `${kind} by hand: no container`;
    const by = {
      kill: () => container.kill(),
      remove: () => container.remove({ force: true }),
      rename: () => container.rename({ name: `${context.lab.prefix}renamed-${Date.now()}` }),
      stop: () => container.stop({ t: 0 }),
    };
    await by[kind]().catch(() => undefined);
    return `${kind} by hand`;
  };

/** Every kind of fault; the probabilities are those of the list. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  cut: network('cut'),
  stall: network('stall'),
  'half-open': network('halfOpen'),
  slow: network('slow'),

  kill: async ({ processes, random }) => {
    const process = random.pick(processes);
    await process.kill();
    await pause(random.between(0, 1_000));
    process.start();
    return `SIGKILL ${process.name}`;
  },

  /** Longer than the leases of tasks (3 s) and, now and then, of installs (15 s). */
  freeze: async ({ processes, random }) => {
    const process = random.pick(processes);
    const ms = random.next() < 0.3 ? 17_000 : random.between(2_000, 6_000);
    process.pause();
    await pause(ms);
    process.resume();
    return `SIGSTOP ${process.name} for ${ms} ms`;
  },

  flush: async ({ lab }) => {
    const redis = new Redis(lab.server.settings.redisUrl ?? '');
    const prefix = lab.server.settings.redisPrefix;
    for (const pattern of [`${prefix}:*`, `{${prefix}-queue}:*`]) {
      const keys = await redis.keys(pattern);
      if (keys.length > 0) await redis.del(...keys);
    }
    redis.disconnect();
    return 'flush Redis';
  },

  'kill by hand': hand('kill'),
  'remove by hand': hand('remove'),
  'rename by hand': hand('rename'),
  'stop by hand': hand('stop'),

  occupy: async ({ lab, random }) => {
    const { from, to } = lab.server.settings.appPortRange;
    const servers = Array.from({ length: 10 }, () => createServer().unref());
    for (const server of servers) {
      server.on('error', () => undefined);
      server.listen(random.between(from, to), '0.0.0.0');
    }
    await pause(holdMs(random));
    for (const server of servers) server.close();
    return 'occupy ports';
  },

  clock: async ({ processes, random }) => {
    if (!clockCanJump) return 'clock: faketime is not installed';
    const process = random.pick(processes);
    const seconds = random.pick([-90, -20, 20, 90]);
    process.setClock(seconds);
    await pause(holdMs(random));
    process.setClock(0);
    return `clock of ${process.name} by ${seconds} s`;
  },

  'disk full': async ({ lab, random, mayFillDisk }) => {
    if (!mayFillDisk) return 'disk full: only as root';
    const file = join(lab.server.settings.dataDir, 'filler');
    // More than there is: the write ends with ENOSPC and leaves no byte free.
    await writeFile(file, Buffer.alloc(80 * 1024 * 1024)).catch(() => undefined);
    await pause(holdMs(random));
    await rm(file, { force: true });
    return 'data folder full';
  },
};
