import {
  Injectable,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DataSource, In, IsNull } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import { Rounds } from '../../platform/waiting/rounds';
import { ownLabels } from '../compose/engine/labels';
import { ownerOf } from '../engine/resource-owner';
import { AppInstallation } from '../installations/installation.entity';

const EVERY_MS = 30_000;
/** Every container of a service carries it. */
const TASK_LABEL = 'com.docker.swarm.task.id';

/**
 * Removes what the Swarm forgets: the stopped containers on this node of apps that were removed while the node was away.
 * A process with work does so on each node; containers of apps that are there, and those that run, are the Swarm's.
 */
@Injectable()
export class LeftContainers implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(LeftContainers.name);
  private readonly rounds = new Rounds(
    () => this.removeAll(),
    (error) => this.logger.debug(`what is left on this node: ${String(error)}`),
  );

  constructor(
    private readonly settings: Settings,
    private readonly dataSource: DataSource,
    private readonly engine: DockerEngine,
  ) {}

  onApplicationBootstrap(): void {
    const { orchestrator, role } = this.settings;
    if (orchestrator === 'swarm' && role !== 'api') this.rounds.every(EVERY_MS);
  }

  /** Does not wait for a round that is under way: the engine may be away. */
  onModuleDestroy(): void {
    void this.rounds.stop();
  }

  private async removeAll(): Promise<void> {
    const found = await this.engine.containers.list([TASK_LABEL, ownLabels.installation]);
    const stopped = found.filter(({ state }) => state !== 'running' && state !== 'paused');
    const over = await this.overOf(stopped);
    const left = stopped.filter(({ labels }) => over.has(ownerOf(labels) ?? ''));
    for (const { id, name } of left) {
      await this.engine.containers.remove(id);
      this.logger.log(`removed the container ${name}, which the Swarm left of an app that is gone`);
    }
  }

  /** Ids of installations of this database that count no more. */
  private async overOf(containers: readonly ContainerSummary[]): Promise<ReadonlySet<string>> {
    const ids = [...new Set(containers.flatMap(({ labels }) => ownerOf(labels) ?? []))];
    if (ids.length === 0) return new Set();
    const rows = this.dataSource.getRepository(AppInstallation);
    const where = { id: In(ids), activeApp: IsNull() };
    return new Set((await rows.find({ select: { id: true }, where })).map(({ id }) => id));
  }
}

/** Apart from the apps: it runs on nodes that otherwise have nothing to do with them. */
@Module({ providers: [LeftContainers] })
export class LeftContainersModule {}
