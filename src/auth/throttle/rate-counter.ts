import { Injectable } from '@nestjs/common';
import { RedisService } from '../../platform/redis/redis.service';
import { LruMap } from '../tokens/lru-map';

/** How often something happened in the running window, and how long that window still lasts. */
export interface Count {
  readonly count: number;
  readonly remainingSeconds: number;
}

// Counting and setting the end must be one step, or a crash in between leaves a counter for ever.
const COUNT_SCRIPT = `
local n = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {n, left}`;

const LOCAL_COUNTERS = 50_000;

interface LocalCounter {
  count: number;
  endsAt: number;
}

/**
 * Counts in Redis, for all nodes together. While Redis is away each node counts for itself, so that
 * throttling gets weaker by the number of nodes but never stops.
 */
@Injectable()
export class RateCounter {
  private readonly local = new LruMap<string, LocalCounter>(LOCAL_COUNTERS);

  constructor(private readonly redis: RedisService) {}

  /** Adds one to the counter of a window that begins at its first use. */
  async add(key: string, windowSeconds: number): Promise<Count> {
    try {
      const [count, leftMs] = (await this.redis.client.eval(
        COUNT_SCRIPT,
        1,
        this.redis.key('throttle', key),
        windowSeconds * 1000,
      )) as [number, number];
      return { count, remainingSeconds: leftMs / 1000 };
    } catch {
      return this.addLocally(key, windowSeconds);
    }
  }

  /** The counter as it is. */
  async peek(key: string): Promise<Count> {
    const name = this.redis.key('throttle', key);
    try {
      const [count, leftMs] = await Promise.all([
        this.redis.client.get(name),
        this.redis.client.pttl(name),
      ]);
      return { count: Number(count ?? 0), remainingSeconds: Math.max(0, leftMs) / 1000 };
    } catch {
      const counter = this.local.get(key);
      const left = (counter?.endsAt ?? 0) - Date.now();
      return left > 0
        ? { count: counter?.count ?? 0, remainingSeconds: left / 1000 }
        : { count: 0, remainingSeconds: 0 };
    }
  }

  /** Sets the counter to one for so long, whatever it was. */
  async mark(key: string, seconds: number): Promise<void> {
    try {
      await this.redis.client.set(this.redis.key('throttle', key), 1, 'PX', seconds * 1000);
    } catch {
      this.local.set(key, { count: 1, endsAt: Date.now() + seconds * 1000 });
    }
  }

  async clear(...keys: string[]): Promise<void> {
    for (const key of keys) this.local.delete(key);
    try {
      await this.redis.client.del(...keys.map((key) => this.redis.key('throttle', key)));
    } catch {
      // Redis is away; what it counts there ends by itself.
    }
  }

  private addLocally(key: string, windowSeconds: number): Count {
    const now = Date.now();
    let counter = this.local.get(key);
    if (!counter || counter.endsAt <= now) {
      counter = { count: 0, endsAt: now + windowSeconds * 1000 };
      this.local.set(key, counter);
    }
    counter.count += 1;
    return { count: counter.count, remainingSeconds: (counter.endsAt - now) / 1000 };
  }
}
