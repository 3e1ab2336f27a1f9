import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../platform/config/settings';

const EVERY_MS = 6 * 3600 * 1000;
const DAY_MS = 24 * 3600 * 1000;
/** Rows per statement: few enough not to hold locks for long. */
const BATCH = 2_000;

/** Removes expired audit entries: at the start and every six hours. */
@Injectable()
export class AuditRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AuditRetention.name);
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    const run = () => {
      this.running = this.removeOld().catch((error: unknown) =>
        this.logger.warn({ err: error }, 'old audit entries could not be removed'),
      );
    };
    run();
    this.timer = setInterval(run, EVERY_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.running;
  }

  /** Returns how many entries were removed. */
  async removeOld(now = Date.now()): Promise<number> {
    const before = new Date(now - this.settings.auditRetentionDays * DAY_MS);
    for (let removed = 0; ;) {
      const { affectedRows }: { affectedRows: number } = await this.dataSource.query(
        'DELETE FROM audit_events WHERE at < ? ORDER BY at LIMIT ?',
        [before, BATCH],
      );
      removed += affectedRows;
      if (affectedRows < BATCH) return removed;
    }
  }
}
