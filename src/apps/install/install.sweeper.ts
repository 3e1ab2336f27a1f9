import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { LeaseReconciler } from '../ports/lease-reconciler';
import { Settings } from '../../platform/config/settings';
import { InstallationStore } from '../installations/installation.store';
import { InstallRunner } from './install.runner';

const EVERY_MS = 2_000;
const BATCH = 32;
/** Leases are compared with the engine every so many looks: once a minute. */
const CORRECT_EVERY = 30;

/**
 * Finds installations with work that nobody is at: after a crash, after a lost queue, after a
 * worker was stopped. Looks at start and then every two seconds.
 */
@Injectable()
export class InstallSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(InstallSweeper.name);
  private timer: NodeJS.Timeout | null = null;
  private sweeping = false;
  private sweeps = 0;
  private away = false;

  constructor(
    private readonly settings: Settings,
    private readonly store: InstallationStore,
    private readonly runner: InstallRunner,
    private readonly reconciler: LeaseReconciler,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.timer = setInterval(() => void this.sweep(), EVERY_MS);
    void this.sweep();
  }

  onModuleDestroy(): void {
    if (this.timer) clearInterval(this.timer);
  }

  private async sweep(): Promise<void> {
    if (this.sweeping || !this.runner.hasRoom) return;
    this.sweeping = true;
    try {
      for (const id of await this.store.findDue(BATCH)) void this.runner.run(id);
      this.sweeps += 1;
      if (this.sweeps % CORRECT_EVERY === 0) await this.reconciler.reconcileAll();
      this.away = false;
    } catch (error) {
      if (!this.away) this.logger.warn(`sweep put off: ${String(error)}`);
      this.away = true;
    } finally {
      this.sweeping = false;
    }
  }
}
