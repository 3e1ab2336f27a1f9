import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import { Settings } from '../../platform/config/settings';
import { HostSampler } from '../host-metrics/host-sampler';
import { MetricsHistory, type HistoryPoint } from './metrics-history';

const SAVE_EVERY_MS = 60_000;

/** Keeps the history of this machine's metrics in a file of the data folder, so that it survives restarts. */
@Injectable()
export class MetricsHistoryService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(MetricsHistoryService.name);
  private readonly history = new MetricsHistory();
  private readonly file: string;
  private subscription: Subscription | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sampler: HostSampler,
    settings: Settings,
  ) {
    this.file = join(settings.dataDir, 'server-history.json');
  }

  async onModuleInit(): Promise<void> {
    await this.restore();
    this.subscription = this.sampler.snapshots.subscribe((snapshot) => this.history.add(snapshot));
    this.timer = setInterval(() => void this.save(), SAVE_EVERY_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.subscription?.unsubscribe();
    await this.save();
  }

  /** Oldest first. */
  lastMinutes(minutes: number): HistoryPoint[] {
    return this.history.since(Date.now() - minutes * 60_000);
  }

  private async restore(): Promise<void> {
    try {
      this.history.restore(JSON.parse(await readFile(this.file, 'utf8')), Date.now());
    } catch {
      // First start, or a file truncated by a crash: start empty.
    }
  }

  private async save(): Promise<void> {
    const fresh = `${this.file}.${process.pid}`;
    try {
      await writeFile(fresh, JSON.stringify(this.history));
      await rename(fresh, this.file);
    } catch (error) {
      this.logger.warn(`The metrics history was not saved: ${(error as Error).message}`);
    }
  }
}
