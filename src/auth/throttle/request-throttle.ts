import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { TooManyAttemptsError } from '../errors/auth.errors';
import { RateCounter } from './rate-counter';
import type { ThrottleLimit } from './throttle-policy';
import { throttleSource } from './throttle-source';

/** Limits by client address. Throws TooManyAttemptsError with the time to wait. */
@Injectable()
export class RequestThrottle {
  constructor(
    private readonly settings: Settings,
    private readonly counter: RateCounter,
  ) {}

  /** Any request at all. */
  check(address: string): Promise<void> {
    return this.limit('all', address, this.settings.throttleAll);
  }

  login(address: string): Promise<void> {
    return this.limit('login', address, this.settings.throttleLogin);
  }

  register(address: string): Promise<void> {
    return this.limit('register', address, this.settings.throttleRegister);
  }

  refresh(address: string): Promise<void> {
    return this.limit('refresh', address, this.settings.throttleRefresh);
  }

  private async limit(what: string, address: string, limit: ThrottleLimit | null): Promise<void> {
    if (!limit) return;
    const key = `${what}:${throttleSource(address)}`;
    const { count, remainingSeconds } = await this.counter.add(key, limit.seconds);
    if (count > limit.uses) throw new TooManyAttemptsError(remainingSeconds);
  }
}
