import { Injectable } from '@nestjs/common';
import {
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import { RedisService } from '../../platform/redis/redis.service';
import { TooManyAttemptsError } from '../auth.errors';
import type { ThrottleLimit } from './throttle-policy';

/**
 * Makes counters that all nodes share in Redis. While Redis is away each node counts for itself:
 * throttling gets weaker by the number of nodes but never stops.
 */
@Injectable()
export class RateLimiters {
  constructor(private readonly redis: RedisService) {}

  create(name: string, { uses, seconds }: ThrottleLimit): RateLimiterAbstract {
    const options = {
      keyPrefix: this.redis.key('throttle', name),
      points: uses,
      duration: seconds,
    };
    return new RateLimiterRedis({
      ...options,
      storeClient: this.redis.client,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory(options),
    });
  }
}

/**
 * Counts one use. `seconds`: a window of another length.
 * @throws TooManyAttemptsError with the time to wait
 */
export async function consume(
  limiter: RateLimiterAbstract,
  key: string,
  seconds?: number,
): Promise<void> {
  try {
    await limiter.consume(key, 1, seconds === undefined ? {} : { customDuration: seconds });
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    throw new TooManyAttemptsError(refusal.msBeforeNext / 1000);
  }
}
