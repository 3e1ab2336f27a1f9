import { Injectable, Logger } from '@nestjs/common';
import { RecordCounts } from '../history/record-counts';
import { ImportRollback } from '../imports/import-rollback';
import { TaskEventsService } from './task-events.service';
import { TaskClaims } from './task-claims';
import { TaskWake } from './task-wake';

const INTERVAL_MS = 2_000;

/** Requeues tasks whose worker died and rolls back imports whose process died. Every worker runs it; several at once do no harm. */
@Injectable()
export class TaskSweeper {
  private readonly logger = new Logger(TaskSweeper.name);
  private timer: NodeJS.Timeout | undefined;
  private sweeping = false;

  constructor(
    private readonly claims: TaskClaims,
    private readonly wake: TaskWake,
    private readonly imports: ImportRollback,
    private readonly counts: RecordCounts,
    private readonly events: TaskEventsService,
  ) {}

  start(): void {
    void this.sweep();
    this.timer = setInterval(() => void this.sweep(), INTERVAL_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  async sweep(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = true;
    try {
      const { requeued, terminated } = await this.claims.sweep();
      if (requeued > 0) this.wake.wake();
      if (requeued + terminated > 0) {
        this.logger.warn(`leases expired: ${requeued} tasks requeued, ${terminated} terminated`);
      }
      await this.imports.sweep();
      await this.counts.checkOldest();
      await this.events.prune();
    } catch (error) {
      this.logger.warn(`sweep failed, next try follows: ${(error as Error).message}`);
    } finally {
      this.sweeping = false;
    }
  }
}
