import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { ownLabels } from '../compose/labels';
import { PortLeasesService } from '../ports/port-leases.service';
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
    private readonly leases: PortLeasesService,
    private readonly engine: DockerEngine,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api') return;
    this.timer = setInterval(() => void this.sweep(), EVERY_MS);
    void this.sweep();
  }

  onModuleDestroy(): void {
    if (this.timer) clearInterval(this.timer);
  }

  /** Somebody may have recreated a container with another port: the leases follow what is published. */
  private async correctLeases(): Promise<void> {
    const containers = await this.engine.containers.list([ownLabels.installation]);
    const running = containers.filter((c) => c.state === 'running');
    for (const row of await this.store.listActive()) {
      if (row.state === 'installed') await this.leases.correct(row.id, running);
    }
  }

  private async sweep(): Promise<void> {
    if (this.sweeping || !this.runner.hasRoom) return;
    this.sweeping = true;
    try {
      for (const id of await this.store.findDue(BATCH)) void this.runner.run(id);
      this.sweeps += 1;
      if (this.sweeps % CORRECT_EVERY === 0) await this.correctLeases();
      this.away = false;
    } catch (error) {
      if (!this.away) this.logger.warn(`sweep put off: ${String(error)}`);
      this.away = true;
    } finally {
      this.sweeping = false;
    }
  }
}
