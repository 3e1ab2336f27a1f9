import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { TooManyAttemptsError } from '../errors/auth.errors';
import { RateCounter } from './rate-counter';
import {
  FAILURES_PER_NAME_AND_ADDRESS,
  NAME_FAILURES_FORGOTTEN_AFTER_SECONDS,
  pauseAfterFailures,
} from './throttle-policy';
import { throttleSource } from './throttle-source';

/** How long an address from which somebody signed in is spared the pauses of that name. */
const KNOWN_ADDRESS_SECONDS = 30 * 24 * 3600;

/**
 * Slows down guessing at the password of one name. Existing and unknown names count alike, so the
 * answers tell nothing. Off when logins are not throttled at all (`THROTTLE_LOGIN=off`).
 */
@Injectable()
export class FailureThrottle {
  constructor(
    private readonly settings: Settings,
    private readonly counter: RateCounter,
  ) {}

  /** Throws TooManyAttemptsError before a password is even looked at. */
  async check(nameKey: string, address: string): Promise<void> {
    if (!this.settings.throttleLogin) return;
    const keys = keysOf(nameKey, address);
    const [here, pause, known] = await Promise.all([
      this.counter.peek(keys.here),
      this.counter.peek(keys.pause),
      this.counter.peek(keys.known),
    ]);
    if (here.count >= FAILURES_PER_NAME_AND_ADDRESS.uses)
      throw new TooManyAttemptsError(here.remainingSeconds);
    // Whoever guesses from elsewhere cannot keep the owner out of the place he signs in from.
    if (pause.count > 0 && known.count === 0)
      throw new TooManyAttemptsError(pause.remainingSeconds);
  }

  async failed(nameKey: string, address: string): Promise<void> {
    if (!this.settings.throttleLogin) return;
    const keys = keysOf(nameKey, address);
    const [, { count }] = await Promise.all([
      this.counter.add(keys.here, FAILURES_PER_NAME_AND_ADDRESS.seconds),
      this.counter.add(keys.name, NAME_FAILURES_FORGOTTEN_AFTER_SECONDS),
    ]);
    const pause = pauseAfterFailures(count);
    if (pause > 0) await this.counter.mark(keys.pause, pause);
  }

  async succeeded(nameKey: string, address: string): Promise<void> {
    if (!this.settings.throttleLogin) return;
    const keys = keysOf(nameKey, address);
    await Promise.all([
      this.counter.clear(keys.here, keys.name, keys.pause),
      this.counter.mark(keys.known, KNOWN_ADDRESS_SECONDS),
    ]);
  }
}

function keysOf(nameKey: string, address: string) {
  const name = createHash('sha256').update(nameKey).digest('hex').slice(0, 32);
  const source = throttleSource(address);
  return {
    here: `fail:${name}:${source}`,
    name: `fail:${name}`,
    pause: `pause:${name}`,
    known: `known:${name}:${source}`,
  };
}
