import { Injectable } from '@nestjs/common';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { Settings } from '../../platform/config/settings';
import { consume, RateLimiters } from './rate-limiters';
import { throttleSource, type ThrottleLimit } from './throttle-policy';

/** Limits by client address; each method throws TooManyAttemptsError with the time to wait. */
@Injectable()
export class RequestThrottle {
  /** Whether `check` limits anything. */
  readonly limitsAll: boolean;
  /** Any request at all. */
  readonly check: (address: string) => Promise<void>;
  readonly login: (address: string) => Promise<void>;
  readonly register: (address: string) => Promise<void>;
  readonly refresh: (address: string) => Promise<void>;

  constructor(settings: Settings, limiters: RateLimiters) {
    const by = (name: string, limit: ThrottleLimit | null) => {
      const limiter = limit && limiters.create(name, limit);
      return (address: string) => throttle(limiter, address);
    };
    this.limitsAll = settings.throttleAll !== null;
    this.check = by('all', settings.throttleAll);
    this.login = by('login', settings.throttleLogin);
    this.register = by('register', settings.throttleRegister);
    this.refresh = by('refresh', settings.throttleRefresh);
  }
}

async function throttle(limiter: RateLimiterAbstract | null, address: string): Promise<void> {
  if (limiter) await consume(limiter, throttleSource(address));
}
