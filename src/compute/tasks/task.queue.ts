import { Injectable, Logger } from '@nestjs/common';
import { InjectQueue } from '@nestjs/bull';
import type { Queue } from 'bull';
import { RedisService } from '../../platform/redis/redis.service';
import { withDeadline } from '../../platform/waiting/deadline';

export const TASK_QUEUE = 'compute';

/** A batch of tasks for one worker to carry out together; the rows are the truth. */
export interface TaskBatchJob {
  readonly ids: readonly string[];
}

/** A job taken longer ago than this has claimed its tasks or died: it no longer counts as holding them. */
const MAX_CLAIM_MS = 5_000;
/** Redis answers in microseconds or is gone; Bull would wait indefinitely. */
const REDIS_TIMEOUT_MS = 2_000;
/** How long a dispatcher stays the leader after its last call. */
const LEADERSHIP_MS = 3_000;
/** Takes or renews the leadership for a token; 1 where it leads. */
const LEAD = `
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

/** The batches in Redis, on their way to the workers. */
export interface BatchesInRedis {
  /** Batches that no worker has taken yet. */
  readonly waiting: number;
  /** Tasks of all batches on their way. */
  readonly ids: ReadonlySet<string>;
}

/** The one producer of the compute queue. */
@Injectable()
export class TaskQueue {
  private readonly leaderKey: string;

  constructor(
    @InjectQueue(TASK_QUEUE) private readonly queue: Queue<TaskBatchJob>,
    private readonly redis: RedisService,
  ) {
    this.leaderKey = redis.key('compute', 'dispatcher');
    const logger = new Logger(TaskQueue.name);
    let away = false;
    this.queue.on('error', (error: Error) => {
      if (!away) logger.warn(`the queue lost Redis: ${error.message}`);
      away = true;
    });
    this.queue.client.on('ready', () => (away = false));
  }

  /** Rejects where Redis does not answer. */
  async batches(): Promise<BatchesInRedis> {
    await this.redis.client.ping();
    const [waiting, active] = await inTime(
      Promise.all([this.queue.getWaiting(), this.queue.getActive()]),
    );
    const now = Date.now();
    const claiming = active.filter((job) => now - (job?.processedOn ?? now) < MAX_CLAIM_MS);
    // A job whose hash is gone (Redis was flushed) is returned as null.
    const ids = [...waiting, ...claiming].flatMap((job) => job?.data?.ids ?? []);
    return { waiting: waiting.length, ids: new Set(ids) };
  }

  /** Rejects where Redis does not answer. */
  async add(ids: readonly string[]): Promise<void> {
    await inTime(this.queue.add({ ids: [...ids] }));
  }

  /** Whether the holder of this token is the dispatcher; elects it when there is none. */
  async lead(token: string): Promise<boolean> {
    return (await this.redis.client.eval(LEAD, 1, this.leaderKey, token, LEADERSHIP_MS)) === 1;
  }

  async stopLeading(token: string): Promise<void> {
    const { client } = this.redis;
    if ((await client.get(this.leaderKey)) === token) await client.del(this.leaderKey);
  }
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return withDeadline(work, REDIS_TIMEOUT_MS, () => {
    throw new Error('Redis does not answer');
  });
}
