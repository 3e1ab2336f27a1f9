import { Redis } from 'ioredis';
import { REGISTRY_FAULTS, type RegistryFault } from '../../support/factories/faulty-registry';
import { DISK_FAULTS } from './disk-faults';
import type { Fault } from './fault';
import { HAND_FAULTS } from './hand-faults';
import { pause } from './load';
import type { SeededRandom } from './random';
import { SERVICES } from './storm-process';

const MAX_REGISTRY_MS = 8_000;

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

/** Bad until an install has met it, and a while longer. */
const badRegistry =
  (fault: RegistryFault): Fault =>
  async ({ registry, random }) => {
    const before = registry.spoilt;
    registry.fault = fault;
    const end = performance.now() + MAX_REGISTRY_MS;
    while (registry.spoilt === before && performance.now() < end) await pause(100);
    await pause(random.between(0, 2_000));
    registry.fault = null;
    return `registry ${fault}, ${registry.spoilt - before} times`;
  };

/** Every kind of fault. */
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

  clock: async ({ processes, random }) => {
    const process = random.pick(processes);
    const seconds = random.pick([-90, -20, 20, 90]);
    process.setClock(seconds);
    await pause(random.between(2_000, 5_000));
    process.setClock(0);
    return `clock of ${process.name} by ${seconds} s`;
  },

  ...Object.fromEntries(REGISTRY_FAULTS.map((fault) => [`registry ${fault}`, badRegistry(fault)])),
  ...HAND_FAULTS,
  ...DISK_FAULTS,
};
