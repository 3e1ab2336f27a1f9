import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Subject, type Observable } from 'rxjs';
import { HostReader, type HostReading } from './host-reader';
import { toSnapshot, type HostSnapshot } from './host-snapshot';

/** Metrics are never older than two of these. */
const INTERVAL_MS = 1_000;
/** The very first metrics cover a shorter time, so that a fresh server can answer. */
const FIRST_INTERVAL_MS = 200;

/**
 * Reads the metrics of this machine once a second in the background, so that no request waits for
 * a disk. Each snapshot covers the last two seconds.
 */
@Injectable()
export class HostSampler implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(HostSampler.name);
  private readonly reader = new HostReader();
  private readonly stream = new Subject<HostSnapshot>();
  private readonly readings: HostReading[] = [];
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private current: HostSnapshot | null = null;
  private announceFirst: (snapshot: HostSnapshot) => void = () => undefined;
  private giveUpFirst: (reason: Error) => void = () => undefined;
  private readonly first = new Promise<HostSnapshot>((resolve, reject) => {
    this.announceFirst = resolve;
    this.giveUpFirst = reject;
  });

  /** Each new snapshot, once a second. */
  get snapshots(): Observable<HostSnapshot> {
    return this.stream;
  }

  /** The newest snapshot; null in the first moments of the process. */
  get newest(): HostSnapshot | null {
    return this.current;
  }

  /**
   * The newest snapshot; waits only in the first moments of the process. Rejects when the process
   * shuts down before there was any.
   */
  latest(): Promise<HostSnapshot> {
    return this.current ? Promise.resolve(this.current) : this.first;
  }

  onModuleInit(): void {
    this.first.catch(() => undefined); // There may be no waiting call.
    void this.sample(FIRST_INTERVAL_MS);
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.stream.complete();
    this.giveUpFirst(new Error('Shutting down before the first metrics were read'));
  }

  private async sample(nextInMs: number): Promise<void> {
    try {
      this.readings.push(await this.reader.read());
      if (this.readings.length > 3) this.readings.shift();
      const [before] = this.readings;
      const after = this.readings.at(-1);
      if (before && after && before !== after) this.publish(toSnapshot(before, after));
    } catch (error) {
      this.logger.error({ err: error as Error }, 'The metrics of this machine could not be read');
    }
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.sample(INTERVAL_MS), nextInMs);
    this.timer.unref();
  }

  private publish(snapshot: HostSnapshot): void {
    this.current = snapshot;
    this.announceFirst(snapshot);
    this.stream.next(snapshot);
  }
}
