import { Injectable, Logger } from '@nestjs/common';
import { ImportRollback } from '../imports/import-rollback';
import { TaskClaims } from './task-claims';
import { TaskWake } from './task-wake';

const INTERVAL_MS = 2_000;

/** Brings back tasks whose worker died, and takes back imports whose process died. Runs in every worker; running it twice does no harm. */
@Injectable()
export class TaskSweeper {
  private readonly logger = new Logger(TaskSweeper.name);
  private timer: NodeJS.Timeout | undefined;
  private sweeping = false;

  constructor(
    private readonly claims: TaskClaims,
    private readonly wake: TaskWake,
    private readonly imports: ImportRollback,
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
      const { requeued, givenUp } = await this.claims.sweep();
      if (requeued > 0) this.wake.wake();
      if (requeued + givenUp > 0) {
        this.logger.warn(`leases ran out: ${requeued} tasks queued again, ${givenUp} given up`);
      }
      await this.imports.sweep();
    } catch (error) {
      this.logger.warn(`sweeping failed, trying again: ${(error as Error).message}`);
    } finally {
      this.sweeping = false;
    }
  }
}
