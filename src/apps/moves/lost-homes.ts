import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { Rounds } from '../../platform/waiting/rounds';
import { Home } from '../homes/home';
import { HomeLeftovers } from '../install/home-leftovers';
import { toInstallFailure } from '../install/install-failure';
import type { HomeMove, PreviousVersion } from '../installations/app-manifest';
import { AppInstallation } from '../installations/installation.entity';
import { InstallationChanges } from '../installations/installation-changes';
import { HomeLostError } from './move.errors';

const SWEEP_EVERY_MS = 5_000;
/** A home takes work up within seconds; where it has not for so long, nobody is there. */
const LOST_AFTER_SECONDS = 60;
const UNHELD = `state = 'upgrading' AND phase <> 'running'
  AND (leaseUntil IS NULL OR leaseUntil < UTC_TIMESTAMP(3)) AND updatedAt < UTC_TIMESTAMP(3) - INTERVAL ${LOST_AFTER_SECONDS} SECOND`;

/**
 * Takes apps back that were to move from this home to one that is lost in the middle. Its processes, should they come
 * back, hold the app no longer, and remove what they have of its data.
 */
@Injectable()
export class LostHomes implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(LostHomes.name);
  private readonly rounds = new Rounds(
    () => this.sweep(),
    (error) => this.logger.debug(`sweep postponed: ${String(error)}`),
  );

  constructor(
    private readonly settings: Settings,
    private readonly dataSource: DataSource,
    private readonly engine: DockerEngine,
    private readonly home: Home,
    private readonly leftovers: HomeLeftovers,
    private readonly changes: InstallationChanges,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.role === 'api' || this.settings.orchestrator === 'engine') return;
    this.rounds.every(SWEEP_EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    await this.rounds.stop();
  }

  private async sweep(): Promise<void> {
    const { nodeId } = this.home;
    if (nodeId === null || this.engine.isForeign) return;
    const rows = await this.dataSource
      .getRepository(AppInstallation)
      .createQueryBuilder('i')
      .where(UNHELD)
      .andWhere('i.home <> :nodeId AND i.previous IS NOT NULL', { nodeId })
      .getMany();
    for (const row of rows) {
      const previous = JSON.parse(row.previous ?? '{}') as Partial<PreviousVersion>;
      const { move } = previous;
      if (move?.homes?.from === nodeId && move.homes.stage === 'restoring')
        await this.takeBack(row, previous, nodeId);
    }
  }

  private async takeBack(
    { id, appName, home, failure }: AppInstallation,
    previous: Partial<PreviousVersion>,
    nodeId: string,
  ): Promise<void> {
    const { move } = previous;
    if (!move?.homes) return;
    const homes = { ...move.homes, replaced: null, stage: 'returning' } satisfies HomeMove;
    const returning = { ...previous, move: { ...move, homes } };
    const why = failure ?? JSON.stringify(toInstallFailure(new HomeLostError(move.to)));
    // First: should this process die now, the record is of no effect while the app is on its way.
    if (move.homes.replaced) await this.leftovers.add(homes.to, appName);
    const { affected } = await this.dataSource
      .getRepository(AppInstallation)
      .createQueryBuilder()
      .update()
      .set({
        home: nodeId,
        previous: JSON.stringify(returning),
        failure: why,
        attempts: 0,
        runToken: null,
        leaseUntil: null,
        updatedAt: () => 'UTC_TIMESTAMP(3)',
      })
      .where(UNHELD)
      .andWhere('id = :id AND home = :home', { id, home })
      .execute();
    if (affected !== 1) return;
    this.logger.warn({ app: appName, node: move.to }, `${appName}: comes back from a lost node`);
    this.changes.tell();
  }
}
