import { Injectable } from '@nestjs/common';
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
    const { containers } = this.resolver.draft(pinned.app);
    const accepted = containers.some(({ body, files }) => hasLocalData(body, files))
      ? await this.moveData(row, target, pinned, repository)
      : await this.moveServices(appName, target, pinned);
    return { ...accepted, node: target.name };
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
    const isFolder = ({ address }: { readonly address: string }): boolean =>
      address.startsWith('/');
    if (name === undefined) {
      const found = this.repositories.addresses().find((one) => !isFolder(one));
      if (!found) throw new MoveRepositoryError('');
      return found.name;
    }
    if (isFolder(this.repositories.addressOf(name))) throw new MoveRepositoryError(name);
    return name;
  }
}
