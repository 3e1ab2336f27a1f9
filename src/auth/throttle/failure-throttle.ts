import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { Settings } from '../../platform/config/settings';
import { sleep } from '../../platform/waiting/sleep';
import { TooManyAttemptsError } from '../auth.errors';
import { consume, RateLimiters } from './rate-limiters';
import {
  FAILURES_PER_NAME_AND_ADDRESS,
  FREE_FAILURES_PER_NAME,
  pauseAfterFailures,
  throttleSource,
  type ThrottleLimit,
} from './throttle-policy';

/** How long an address from which the owner signed in is exempt from the pauses of that name. */
const KNOWN_ADDRESS_SECONDS = 30 * 24 * 3600;

/** How long a guess beyond the limit waits for those that are being verified: one of them may be right. */
const MAX_WAIT_MS = 10_000;
const POLL_MS = 50;
/** A process that ends while it verifies leaves its count behind for no longer than this. */
const VERIFYING: ThrottleLimit = { uses: 1, seconds: 30 };

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
  /** Guesses at a name that are counted and not verified yet. */
  private readonly verifying: RateLimiterAbstract;

  constructor(settings: Settings, limiters: RateLimiters) {
    this.enabled = settings.throttleLogin !== null;
    this.perSource = limiters.create('fail-source', FAILURES_PER_NAME_AND_ADDRESS);
    this.perName = limiters.create('fail-name', FREE_FAILURES_PER_NAME);
    this.pauses = limiters.create('pause', { uses: 1, seconds: 1 });
    this.verifying = limiters.create('verifying', VERIFYING);
    this.knownSources = limiters.create('known', { uses: 1, seconds: KNOWN_ADDRESS_SECONDS });
  }

  /**
   * Counts the guess, then runs `verify` and returns its result: parallel guesses cannot outrun the
   * limit. A correct one clears the counters; one that could not be verified is not counted. A guess
   * beyond the limit waits for those before it, which clear the counters when one of them is correct.
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
    await this.begin(name, source);
    try {
      const result = await verify();
      if (result.correct)
        await Promise.all([
          this.perSource.delete(source),
          this.perName.delete(name),
          this.pauses.delete(name),
          this.knownSources.set(source, 1, KNOWN_ADDRESS_SECONDS),
        ]);
      return result;
    } catch (failure) {
      await Promise.all([this.perSource.reward(source), this.perName.reward(name)]);
      throw failure;
    } finally {
      // After the counters: who waits must find them cleared when nothing is verified any more.
      await this.verifying.reward(name);
    }
  }

  /** Counts the guess, also among those that are being verified. */
  private async begin(name: string, source: string): Promise<void> {
    for (const deadline = Date.now() + MAX_WAIT_MS; ;) {
      await this.verifying.penalty(name);
      try {
        return await this.count(name, source);
      } catch (refusal) {
        await this.verifying.reward(name);
        if (!(refusal instanceof TooManyAttemptsError)) throw refusal;
        if (!(await this.isCleared(name, source, deadline))) throw refusal;
      }
    }
  }

  private async count(name: string, source: string): Promise<void> {
    await consume(this.perSource, source);
    try {
      await this.waitForPause(name, source);
    } catch (refusal) {
      await this.perSource.reward(source);
      throw refusal;
    }
  }

  /** Whether a correct guess clears the counters before all others that are under way have failed. */
  private async isCleared(name: string, source: string, deadline: number): Promise<boolean> {
    for (;;) {
      const underWay = await used(this.verifying, name);
      if (
        (await used(this.perSource, source)) < FAILURES_PER_NAME_AND_ADDRESS.uses &&
        pauseAfterFailures((await used(this.perName, name)) + 1) === 0
      )
        return true;
      if (underWay <= 0 || Date.now() > deadline) return false;
      await sleep(POLL_MS);
    }
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

async function used(limiter: RateLimiterAbstract, key: string): Promise<number> {
  return (await limiter.get(key))?.consumedPoints ?? 0;
}
