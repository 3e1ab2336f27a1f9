import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { Settings } from '../../platform/config/settings';
import { consume, RateLimiters } from './rate-limiters';
import {
  FAILURES_PER_NAME_AND_ADDRESS,
  FREE_FAILURES_PER_NAME,
  pauseAfterFailures,
  throttleSource,
} from './throttle-policy';

/** How long an address from which the owner signed in is exempt from the pauses of that name. */
const KNOWN_ADDRESS_SECONDS = 24 * 24 * 3600; // the counter in memory takes no more than 2^31 ms

/**
 * Slows down guessing at the password of one name. Existing and unknown names count alike, so the
 * answers reveal nothing. Off when logins are not throttled at all (`THROTTLE_LOGIN=off`).
 */
@Injectable()
export class FailureThrottle {
  private readonly enabled: boolean;
  private readonly perSource: RateLimiterAbstract;
  private readonly perName: RateLimiterAbstract;
  private readonly pauses: RateLimiterAbstract;
  private readonly knownSources: RateLimiterAbstract;

  constructor(settings: Settings, limiters: RateLimiters) {
    this.enabled = settings.throttleLogin !== null;
    this.perSource = limiters.create('fail-source', FAILURES_PER_NAME_AND_ADDRESS);
    this.perName = limiters.create('fail-name', FREE_FAILURES_PER_NAME);
    this.pauses = limiters.create('pause', { uses: 1, seconds: 1 });
    this.knownSources = limiters.create('known', { uses: 1, seconds: KNOWN_ADDRESS_SECONDS });
  }

  /**
   * Counts the guess, then runs `verify` and returns its result: parallel guesses cannot outrun the
   * limit. A correct one clears the counters; one that could not be verified is not counted.
   * @throws TooManyAttemptsError without running `verify`
   */
  async attempt<T extends { readonly correct: boolean }>(
    nameKey: string,
    address: string,
    verify: () => Promise<T>,
  ): Promise<T> {
    if (!this.enabled) return verify();
    const name = createHash('sha256').update(nameKey).digest('hex').slice(0, 32);
    const source = `${name}:${throttleSource(address)}`;
    await consume(this.perSource, source);
    try {
      await this.waitForPause(name, source);
    } catch (refusal) {
      await this.perSource.reward(source);
      throw refusal;
    }
    let result: T;
    try {
      result = await verify();
    } catch (failure) {
      await Promise.all([this.perSource.reward(source), this.perName.reward(name)]);
      throw failure;
    }
    if (result.correct)
      await Promise.all([
        this.perSource.delete(source),
        this.perName.delete(name),
        this.pauses.delete(name),
        this.knownSources.set(source, 1, KNOWN_ADDRESS_SECONDS),
      ]);
    return result;
  }

  /** From the tenth failure on, each guess at the name begins a pause in which there is no other. */
  private async waitForPause(name: string, source: string): Promise<void> {
    const known = await this.knownSources.get(source);
    const { consumedPoints: failures } = await this.perName.penalty(name);
    const pause = pauseAfterFailures(failures);
    if (pause === 0) return;
    try {
      await consume(this.pauses, name, pause);
    } catch (refusal) {
      // Guesses from elsewhere cannot keep the owner out of a place known to be the owner's.
      if (known) return;
      await this.perName.reward(name);
      throw refusal;
    }
  }
}
