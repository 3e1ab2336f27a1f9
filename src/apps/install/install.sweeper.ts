import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { Rounds } from '../../platform/waiting/rounds';
import { LeaseReconciler } from '../ports/lease-reconciler';
import { InstallationStore, type DueInstallation } from '../installations/installation.store';
import { InstallQueue } from './install.queue';
import { InstallRunner } from './install.runner';

const SWEEP_EVERY_MS = 2_000;
const BATCH = 32;
/** Leases are compared with the engine every so many sweeps: once a minute. */
const RECONCILE_EVERY = 30;

/**
 * Finds installations with work that no run holds: after a crash, a lost queue or the stop of a
 * worker. Sweeps at start and then every two seconds.
 */
@Injectable()
export class InstallSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(InstallSweeper.name);
  private readonly rounds = new Rounds(
    () => this.sweep(),
    (error) => {
      if (!this.away) this.logger.warn(`sweep postponed: ${String(error)}`);
      this.away = true;
    },
  );
  /** Due at the last sweep. */
  private woken: ReadonlySet<string> = new Set();
  private sweeps = 0;
  private away = false;

  constructor(
    private readonly settings: Settings,
    private readonly store: InstallationStore,
    private readonly runner: InstallRunner,
    private readonly queue: InstallQueue,
    private readonly reconciler: LeaseReconciler,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.rounds.every(SWEEP_EVERY_MS);
    void this.rounds.now();
  }

  /** Does not wait for a sweep that is under way: the database may be away. */
  onModuleDestroy(): void {
    void this.rounds.stop();
  }

  /** By a job first, so that the board shows it; directly where that had no effect by the next sweep. */
  private async start(row: DueInstallation): Promise<void> {
    if (!this.woken.has(row.id) && (await this.queue.wake(row))) return;
    void this.runner.run(row.id);
  }

  private async sweep(): Promise<void> {
    if (!this.runner.hasRoom) return;
    const due = await this.store.findDue(BATCH);
    for (const row of due) await this.start(row);
    this.woken = new Set(due.map(({ id }) => id));
    this.sweeps += 1;
    if (this.sweeps % RECONCILE_EVERY === 0) await this.reconciler.reconcileAll();
    this.away = false;
  }
}
