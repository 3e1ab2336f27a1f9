import type { RedisService } from '../redis/redis.service';

/** Name of the Redis key that exists while somebody answers the questions of that queue. */
export function presenceKey(redis: RedisService, queue: string): string {
  return redis.key('answers', queue);
}
