import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../platform/config/settings';
import { Rounds } from '../platform/waiting/rounds';

const EVERY_MS = 6 * 3600 * 1000;
const DAY_MS = 24 * 3600 * 1000;
/** Rows per statement: few enough not to hold locks for long. */
const BATCH = 2_000;

/** Removes expired audit entries: at the start and every six hours. */
@Injectable()
export class AuditRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AuditRetention.name);
  private readonly rounds = new Rounds(
    () => this.removeOld(),
    (error) => this.logger.warn({ err: error }, 'old audit entries could not be removed'),
  );

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    void this.rounds.now();
    this.rounds.every(EVERY_MS);
  }

  onModuleDestroy(): Promise<void> {
    return this.rounds.stop();
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
