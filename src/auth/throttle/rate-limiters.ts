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

/** The longest that a timer of Node can wait, 2^31 ms; a longer one fires at once. */
const MAX_TIMER_SECONDS = 2_147_483;

/** Counts in memory while Redis is away; its timers can hold no count longer than 24.8 days. */
class MemoryLimiter extends RateLimiterMemory {
  override set(key: string | number, points: number, seconds: number): Promise<RateLimiterRes> {
    return super.set(key, points, Math.min(seconds, MAX_TIMER_SECONDS));
  }
}

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
      insuranceLimiter: new MemoryLimiter({
        ...options,
        duration: Math.min(seconds, MAX_TIMER_SECONDS),
      }),
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
