import { SharedReads } from './shared-reads';

/** What is remembered is used for this long, whether changes are told or not. */
const MAX_AGE_MS = 1_000;
/** From this age on a call has it read again in the background. */
const REFRESH_AGE_MS = 500;

/**
 * A read whose result is remembered: until somebody tells of a change, and for a second at most. It
 * is read again by calls, not by a timer, so that it costs nothing while nobody asks.
 */
export class RememberedRead<T> {
  /** While false, each call reads: nobody would tell of a change. */
  trusted = true;
  private remembered: T | undefined;
  private readAt = -Infinity;
  private changedAt = 0;
  private refreshing = false;
  private readonly reads = new SharedReads();

  constructor(private readonly load: () => Promise<T>) {}

  /** What is remembered counts no longer. */
  changed(): void {
    this.changedAt = performance.now();
  }

  /** As of now, or at most a second old where nobody told of a change. Rejects as the read does. */
  current(): T | Promise<T> {
    const age = performance.now() - this.readAt;
    if (!this.trusted || this.readAt <= this.changedAt || age > MAX_AGE_MS) return this.read();
    if (age > REFRESH_AGE_MS && !this.refreshing) {
      this.refreshing = true;
      const end = (): void => void (this.refreshing = false);
      // A failure shows to the call that finds the memory too old.
      this.read().then(end, end);
    }
    return this.remembered as T;
  }

  private read(): Promise<T> {
    return this.reads.read('', async () => {
      const begunAt = performance.now();
      const loaded = await this.load();
      this.remembered = loaded;
      this.readAt = begunAt;
      return loaded;
    });
  }
}
