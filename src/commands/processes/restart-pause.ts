const FIRST_MS = 250;
const LONGEST_MS = 30_000;
/** A process that has run for this long was not started in vain. */
const STEADY_MS = 60_000;

/** How long to wait before a process that ended by itself is started again. */
export class RestartPause {
  private next = FIRST_MS;

  /** `lifeMs`: how long the process ran. The pause in milliseconds doubles until one ran for a minute. */
  after(lifeMs: number): number {
    if (lifeMs >= STEADY_MS) this.next = FIRST_MS;
    const pause = this.next;
    this.next = Math.min(2 * pause, LONGEST_MS);
    return pause;
  }
}
