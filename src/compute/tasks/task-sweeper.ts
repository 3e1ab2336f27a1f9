import { Injectable, Logger } from '@nestjs/common';
import { Rounds } from '../../platform/waiting/rounds';
import { RecordCounts } from '../history/record-counts';
import { ImportRollback } from '../imports/import-rollback';
import { TaskEventsService } from './task-events.service';
import { TaskClaims } from './task-claims';
import { TaskWake } from './task-wake';

const INTERVAL_MS = 2_000;
/** Sweeps from one tidying of counts and events to the next. */
const TIDY_EVERY = 15;

/** Requeues tasks whose worker died and rolls back imports whose process died. Every worker runs it; several at once do no harm. */
@Injectable()
export class TaskSweeper {
  private readonly logger = new Logger(TaskSweeper.name);
  private readonly rounds = new Rounds(
    () => this.round(),
    (error) => this.logger.warn(`sweep failed, next try follows: ${(error as Error).message}`),
  );
  private sweeps = 0;

  constructor(
    private readonly claims: TaskClaims,
    private readonly wake: TaskWake,
    private readonly imports: ImportRollback,
    private readonly counts: RecordCounts,
    private readonly events: TaskEventsService,
  ) {}

  start(): void {
    void this.rounds.now();
    this.rounds.every(INTERVAL_MS);
  }

  /** Does not wait for a sweep that is under way: the database may be away. */
  stop(): void {
    void this.rounds.stop();
  }

  /** Sweeps now, or joins the sweep that is under way. Never rejects. */
  sweep(): Promise<void> {
    return this.rounds.now();
  }

  private async round(): Promise<void> {
    const { requeued, terminated } = await this.claims.sweep();
    if (requeued > 0) this.wake.wake();
    if (requeued + terminated > 0) {
      this.logger.warn(`leases expired: ${requeued} tasks requeued, ${terminated} terminated`);
    }
    await this.imports.sweep();
    if (this.sweeps++ % TIDY_EVERY > 0) return;
    await this.counts.checkOldest();
    await this.events.prune();
  }
}
