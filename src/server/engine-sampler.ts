import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DockerEngine } from '../platform/docker/docker-engine';
import { EngineError } from '../platform/docker/engine.errors';
import type { ContainerSummary, ContainerUsage, EngineInfo } from '../platform/docker/engine-types';

export type EngineState = 'up' | 'unknown' | 'unreachable' | 'no-permission' | 'no-answer';

/** Use of one running container. */
export interface ContainerMetrics {
  readonly name: string;
  /** Percent of one core, as `docker stats` shows it; null until two readings are there. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  /** Bytes a second over its networks; null until two readings are there, and without a network of its own. */
  readonly receivedPerSecond: number | null;
  readonly sentPerSecond: number | null;
}

/** The last answer of the engine. */
export interface EngineSnapshot {
  readonly at: Date;
  readonly state: EngineState;
  /** The rest is empty unless the engine is up. */
  readonly info: EngineInfo | null;
  readonly containers: readonly ContainerSummary[];
  readonly usage: readonly ContainerMetrics[];
}

const INTERVAL_MS = 5_000;
/** Where nobody asked for so long, counters of containers are read seldom: they are most of the work. */
const IDLE_AFTER_MS = 15_000;
const IDLE_USAGE_MS = 30_000;
/** An engine that is slower than this counts as not answering. */
const TIMEOUT_MS = 2_000;
/**
 * The counters of a container take the engine up to a second, because it reads them in a round of
 * its own, and longer on a busy machine. It waits then, so that many may be asked for at once.
 */
const USAGE_TIMEOUT_MS = 5_000;
const USAGE_AT_ONCE = 32;
/** Beyond this number the sampling itself would be a load. */
const MAX_CONTAINERS = 200;

/** Asks the engine in the background, so that no request waits for one that is away or stuck. */
@Injectable()
export class EngineSampler implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private readonly abort = new AbortController();
  private before = new Map<string, ContainerUsage>();
  private current: EngineSnapshot = notUp('unknown');
  private askedAt = 0;
  private usageAt = -Infinity;

  constructor(private readonly engine: DockerEngine) {}

  /** The newest snapshot, at most a few seconds old (its `usage` more while nobody asks); never waits. */
  get latest(): EngineSnapshot {
    this.askedAt = performance.now();
    return this.current;
  }

  onModuleInit(): void {
    void this.repeat();
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
    this.abort.abort();
  }

  /** Asks now. Never rejects: an engine that is away is a state. */
  async sample(): Promise<EngineSnapshot> {
    const options = { timeoutMs: TIMEOUT_MS, signal: this.abort.signal };
    try {
      const [info, containers] = await Promise.all([
        this.engine.info(options),
        this.engine.containers.list([], options),
      ]);
      const usage = this.usageIsDue() ? await this.readUsage(containers) : this.current.usage;
      this.current = { at: new Date(), state: 'up', info, containers, usage };
    } catch (error) {
      this.current = notUp(stateOf(error));
    }
    return this.current;
  }

  private usageIsDue(): boolean {
    const now = performance.now();
    if (now - this.askedAt > IDLE_AFTER_MS && now - this.usageAt < IDLE_USAGE_MS) return false;
    this.usageAt = now;
    return true;
  }

  private async repeat(): Promise<void> {
    await this.sample();
    if (this.abort.signal.aborted) return;
    this.timer = setTimeout(() => void this.repeat(), INTERVAL_MS);
    this.timer.unref();
  }

  private async readUsage(containers: readonly ContainerSummary[]): Promise<ContainerMetrics[]> {
    const waiting = containers.filter((c) => c.state === 'running').slice(0, MAX_CONTAINERS);
    const metrics: ContainerMetrics[] = [];
    const next = new Map<string, ContainerUsage>();
    const work = async (): Promise<void> => {
      for (let container = waiting.shift(); container; container = waiting.shift()) {
        const usage = await this.usageOf(container.id);
        if (!usage) {
          // The next reading then covers a longer time.
          const earlier = this.before.get(container.id);
          if (earlier) next.set(container.id, earlier);
          continue;
        }
        next.set(container.id, usage);
        const before = this.before.get(container.id);
        metrics.push({
          name: container.name,
          cpuPercent: cpuPercent(before, usage),
          memoryBytes: usage.memoryBytes,
          memoryLimitBytes: usage.memoryLimitBytes,
          receivedPerSecond: bytesPerSecond(before, usage, 'received'),
          sentPerSecond: bytesPerSecond(before, usage, 'sent'),
        });
      }
    };
    await Promise.all(Array.from({ length: USAGE_AT_ONCE }, work));
    this.before = next;
    return metrics.sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Null for a container that ended in this moment or whose counters were too slow. */
  private async usageOf(id: string): Promise<ContainerUsage | null> {
    try {
      return await this.engine.containers.usage(id, {
        timeoutMs: USAGE_TIMEOUT_MS,
        signal: this.abort.signal,
      });
    } catch {
      return null;
    }
  }
}

function notUp(state: EngineState): EngineSnapshot {
  return { at: new Date(), state, info: null, containers: [], usage: [] };
}

function stateOf(error: unknown): EngineState {
  if (!(error instanceof EngineError)) return 'unreachable';
  if (error.failure === 'socket-permission') return 'no-permission';
  return error.failure === 'engine-timeout' ? 'no-answer' : 'unreachable';
}

/** The arithmetic of `docker stats`, between two readings of ours. */
function cpuPercent(before: ContainerUsage | undefined, after: ContainerUsage): number | null {
  if (!before) return null;
  const system = after.systemNanoseconds - before.systemNanoseconds;
  const used = after.cpuNanoseconds - before.cpuNanoseconds;
  return system > 0 && used >= 0 ? (used / system) * after.cores * 100 : null;
}

/** Null too after a restart between the readings: the counters began anew. */
function bytesPerSecond(
  before: ContainerUsage | undefined,
  after: ContainerUsage,
  direction: 'received' | 'sent',
): number | null {
  if (!before?.network || !after.network) return null;
  const seconds = (after.readAtMs - before.readAtMs) / 1000;
  const bytes = after.network[direction] - before.network[direction];
  return seconds > 0 && bytes >= 0 ? bytes / seconds : null;
}
