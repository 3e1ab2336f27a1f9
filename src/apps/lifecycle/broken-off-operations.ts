import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import { isEngineAway, retryEngine } from '../../platform/docker/retry-engine';
import { Rounds } from '../../platform/waiting/rounds';
import { InstallationStore } from '../installations/installation.store';
import { newBreakOff } from '../installations/leased-rows';
import { RowLeases } from '../installations/row-lease';
import { AppContainers } from './app-containers';

const EVERY_MS = 2_000;

/**
 * Ends what a killed process had begun with an installed app, or what was refused halfway because the engine went
 * away: an app that is to be stopped is stopped, any other is restarted. Without that a restart broken off halfway
 * would leave the app stopped.
 */
@Injectable()
export class BrokenOffOperations implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(BrokenOffOperations.name);
  private readonly rounds = new Rounds(
    () => this.endAll(),
    (error) => this.logger.warn(`operations that were broken off: ${String(error)}`),
  );

  constructor(
    private readonly settings: Settings,
    private readonly store: InstallationStore,
    private readonly rowLeases: RowLeases,
    private readonly engine: DockerEngine,
    private readonly containers: AppContainers,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.role !== 'api') this.rounds.every(EVERY_MS);
  }

  /** Does not wait for a round that is under way: the engine may be away. */
  onModuleDestroy(): void {
    void this.rounds.stop();
  }

  private async endAll(): Promise<void> {
    for (const { id, appName } of await this.store.findBrokenOff()) {
      const ended = await this.end(id).catch((error: unknown) => {
        // Until there is a majority again every round finds it.
        if (isEngineFailure(error, 'swarm-without-majority')) return;
        this.logger.warn(`${appName}: an operation that was broken off: ${String(error)}`);
      });
      if (ended) this.logger.log(`${appName}: an operation that was broken off is over`);
    }
  }

  private end(id: string): Promise<object | null> {
    return this.rowLeases.hold(id, ['installed'], {}, async (lease) => {
      const row = await this.store.findById(id);
      if (!row) return;
      try {
        // The engine may still be stopping a container for the killed process; this waits for that too.
        await retryEngine(this.engine, () => this.containers.stopAll(row));
        if (!row.stopped)
          await retryEngine(this.engine, () => this.containers.startAll(row, lease));
      } catch (error) {
        if (isEngineAway(error)) await lease.update(newBreakOff());
        throw error;
      }
    });
  }
}
