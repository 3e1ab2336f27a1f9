import { Injectable } from '@nestjs/common';
import { isFolder, type BackupRepositoryAddress } from '../../platform/config/parsers';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { hasLocalData } from '../../platform/docker/swarm/service-spec';
import { Repositories } from '../backups/repositories.service';
import { Home } from '../homes/home';
import type { AppInstallation } from '../installations/installation.entity';
import { AppNotInstalledError } from '../installations/installation.errors';
import { InstallationStore } from '../installations/installation.store';
import { UpgradeService, type AcceptedUpgrade } from '../lifecycle/upgrade.service';
import { Nodes } from '../nodes/nodes.service';
import { PreflightService } from '../preflight/preflight.service';
import { AppResolver } from '../resolver/app-resolver';
import type { PreparedInstall } from '../resolver/install-preparer';
import {
  AlreadyOnNodeError,
  MoveRepositoryError,
  MoveTakesSwarmError,
  NoHomeThereError,
  NoPlaceThereError,
} from './move.errors';

export interface AcceptedMove extends AcceptedUpgrade {
  /** Host name of the node that it goes to. */
  readonly node: string;
}

interface Target {
  readonly id: string;
  /** Host name. */
  readonly name: string;
}

/** What there is to choose from. */
export interface MovePlan {
  readonly hasData: boolean;
  /** Those that take apps now, without its own; of an app with data those with a server. */
  readonly nodes: readonly Target[];
  /** Names of those by which its data can go; empty for an app without data. */
  readonly repositories: readonly string[];
}

/** Takes requests to move an app to another node of the Swarm. Workers do the rest. */
@Injectable()
export class Moves {
  constructor(
    private readonly engine: DockerEngine,
    private readonly store: InstallationStore,
    private readonly home: Home,
    private readonly nodes: Nodes,
    private readonly upgrades: UpgradeService,
    private readonly resolver: AppResolver,
    private readonly preflight: PreflightService,
    private readonly repositories: Repositories,
  ) {}

  /**
   * Whether a node has room for it, the request says.
   * @throws MoveTakesSwarmError, AppNotInstalledError, AppBusyError, VersionNotKeptError
   */
  async plan(appName: string): Promise<MovePlan> {
    if (this.engine.orchestrator === 'engine') throw new MoveTakesSwarmError();
    const row = await this.store.findActive(appName);
    if (!row) throw new AppNotInstalledError(appName);
    const hasData = this.hasData(await this.upgrades.prepareMove(appName, null));
    const homes = new Set((await this.home.list()).map(({ nodeId }) => nodeId));
    const canTake = (id: string): boolean =>
      hasData ? homes.has(id) && id !== row.home : id !== row.node;
    const nodes = (await this.nodes.list()).filter(
      ({ id, state, availability }) =>
        state === 'ready' && availability === 'active' && canTake(id),
    );
    return {
      hasData,
      nodes: nodes.map(({ id, name }) => ({ id, name })),
      repositories: hasData ? this.reachable().map(({ name }) => name) : [],
    };
  }

  /**
   * What the app is made of stays where it is until it is healthy there, and for good where it is not. Nothing is
   * changed when this throws.
   * @param ref id or host name of the node
   * @param repository by which its data go, where it has any; absent: the first one that all nodes reach
   * @throws MoveTakesSwarmError, EngineError `node-unknown`, NodeAmbiguousError, AppNotInstalledError,
   * AppBusyError, AlreadyOnNodeError, VersionNotKeptError, NoPlaceThereError
   * @throws NoHomeThereError, MoveRepositoryError, UnknownRepositoryError … for an app with data
   */
  async request(appName: string, ref: string, repository?: string): Promise<AcceptedMove> {
    if (this.engine.orchestrator === 'engine') throw new MoveTakesSwarmError();
    const row = await this.store.findActive(appName);
    if (!row) throw new AppNotInstalledError(appName);
    const target = await this.nodes.get(ref);
    if (row.node === target.id) throw new AlreadyOnNodeError(appName, target.name);
    const pinned = await this.upgrades.prepareMove(appName, target.id);
    const accepted = this.hasData(pinned)
      ? await this.moveData(row, target, pinned, repository)
      : await this.moveServices(appName, target, pinned);
    return { ...accepted, node: target.name };
  }

  private hasData({ app }: PreparedInstall): boolean {
    const { containers } = this.resolver.draft(app);
    return containers.some(({ body, files }) => hasLocalData(body, files));
  }

  private async moveServices(
    appName: string,
    { name }: Target,
    prepared: PreparedInstall,
  ): Promise<AcceptedUpgrade> {
    const failures = await this.preflight.placeFailures(prepared);
    if (failures.length > 0) throw new NoPlaceThereError(appName, name, failures);
    return this.upgrades.move(appName, name, prepared);
  }

  private async moveData(
    row: AppInstallation,
    { id, name }: Target,
    pinned: PreparedInstall,
    repository: string | undefined,
  ): Promise<AcceptedUpgrade> {
    const { appName } = row;
    const from = row.home ?? '';
    if (from === id) throw new AlreadyOnNodeError(appName, name);
    const homes = await this.home.list();
    if (!homes.some(({ nodeId }) => nodeId === id)) throw new NoHomeThereError(appName, name);
    // Services without data go on running where they like, unless they were asked to run with the others.
    const prepared = row.node === null ? await this.upgrades.prepareMove(appName, null) : pinned;
    const failures = await this.preflight.placeFailures(prepared, id);
    if (failures.length > 0) throw new NoPlaceThereError(appName, name, failures);
    const way = { repository: this.repositoryFor(repository), stage: 'saving' } as const;
    return this.upgrades.move(appName, name, prepared, { from, to: id, ...way });
  }

  /** @throws MoveRepositoryError, UnknownRepositoryError */
  private repositoryFor(name: string | undefined): string {
    const [first] = this.reachable();
    if (name === undefined) {
      if (!first) throw new MoveRepositoryError('');
      return first.name;
    }
    if (isFolder(this.repositories.addressOf(name))) throw new MoveRepositoryError(name);
    return name;
  }

  /** Repositories that all nodes reach. */
  private reachable(): readonly BackupRepositoryAddress[] {
    return this.repositories.addresses().filter((one) => !isFolder(one));
  }
}
