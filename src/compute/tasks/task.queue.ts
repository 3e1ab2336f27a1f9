import { Injectable, Logger } from '@nestjs/common';
import { InjectQueue } from '@nestjs/bull';
import type { Queue } from 'bull';
import { RedisService } from '../../platform/redis/redis.service';
import type { TaskSliceJob } from './task.jobs';

export const TASK_QUEUE = 'compute';

/** A job taken up longer ago than this has claimed its tasks or died: it no longer counts as holding them. */
const claimingTakesAtMost = 5_000;
/** Redis answers in microseconds or is gone. */
const patience = 2_000;

/** What Redis knows about tasks: a few slices on their way to the workers. */
export interface SlicesInRedis {
  /** Slices that no worker has taken yet. */
  readonly waiting: number;
  /** Tasks of all slices on their way. */
  readonly ids: ReadonlySet<string>;
}

/** The one producer of the compute queue. */
@Injectable()
export class TaskQueue {
  constructor(
    @InjectQueue(TASK_QUEUE) private readonly queue: Queue<TaskSliceJob>,
    private readonly redis: RedisService,
  ) {
    const logger = new Logger(TaskQueue.name);
    let away = false;
    this.queue.on('error', (error: Error) => {
      if (!away) logger.warn(`the queue lost Redis: ${error.message}`);
      away = true;
    });
    this.queue.client.on('ready', () => (away = false));
  }

  /** Rejects where Redis does not answer. */
  async slices(): Promise<SlicesInRedis> {
    await this.redis.client.ping();
    const [waiting, active] = await withPatience(
      Promise.all([this.queue.getWaiting(), this.queue.getActive()]),
    );
    const now = Date.now();
    const claiming = active.filter((job) => now - (job?.processedOn ?? now) < claimingTakesAtMost);
    // A job whose hash is gone (Redis was flushed meanwhile) comes as null.
    const ids = [...waiting, ...claiming].flatMap((job) => job?.data?.ids ?? []);
    return { waiting: waiting.length, ids: new Set(ids) };
  }

  async add(ids: readonly string[]): Promise<void> {
    await withPatience(this.queue.add({ ids: [...ids] }));
  }

  /** Whether this process is the one that deals out tasks now; asks or keeps the place for 3 s. */
  async lead(token: string): Promise<boolean> {
    const key = this.redis.key('compute', 'dispatcher');
    const { client } = this.redis;
    if ((await client.set(key, token, 'PX', 3_000, 'NX')) === 'OK') return true;
    if ((await client.get(key)) !== token) return false;
    await client.pexpire(key, 3_000);
    return true;
  }

  async stopLeading(token: string): Promise<void> {
    const key = this.redis.key('compute', 'dispatcher');
    if ((await this.redis.client.get(key)) === token) await this.redis.client.del(key);
  }
}

/** Bull waits for ever while Redis is away; the dispatcher has other things to do. */
async function withPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('Redis does not answer')), patience);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
