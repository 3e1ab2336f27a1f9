import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { hasLocalData } from '../../platform/docker/swarm/service-spec';
import { AppNotInstalledError } from '../installations/installation.errors';
import { InstallationStore } from '../installations/installation.store';
import { UpgradeService, type MoveTarget } from '../lifecycle/upgrade.service';
import { Nodes } from '../nodes/nodes.service';
import { PreflightService } from '../preflight/preflight.service';
import { AppResolver } from '../resolver/app-resolver';
import {
  AlreadyOnNodeError,
  MoveHasDataError,
  MoveTakesSwarmError,
  NoPlaceThereError,
} from './move.errors';

export interface AcceptedMove {
  readonly jobId: string;
  readonly node: MoveTarget;
}

/** Takes requests to move an app to another node of the Swarm. A worker does the rest. */
@Injectable()
export class Moves {
  constructor(
    private readonly engine: DockerEngine,
    private readonly store: InstallationStore,
    private readonly nodes: Nodes,
    private readonly upgrades: UpgradeService,
    private readonly resolver: AppResolver,
    private readonly preflight: PreflightService,
  ) {}

  /**
   * The app runs on where it is until it is healthy there, and for good where it is not. Nothing is changed when
   * this throws.
   * @param ref id or host name of the node
   * @throws MoveTakesSwarmError, EngineError `node-unknown`, NodeAmbiguousError, AppNotInstalledError,
   * AppBusyError, AlreadyOnNodeError, VersionNotKeptError, MoveHasDataError, NoPlaceThereError
   */
  async request(appName: string, ref: string): Promise<AcceptedMove> {
    if (this.engine.orchestrator === 'engine') throw new MoveTakesSwarmError();
    const row = await this.store.findActive(appName);
    if (!row) throw new AppNotInstalledError(appName);
    const { id, name } = await this.nodes.get(ref);
    const node = { id, name };
    if (row.node === id) throw new AlreadyOnNodeError(appName, name);
    const prepared = await this.upgrades.prepareMove(appName, node);
    const bound = this.resolver
      .draft(prepared.app)
      .containers.filter(({ body, files }) => hasLocalData(body, files))
      .map(({ service }) => service);
    if (bound.length > 0) throw new MoveHasDataError(appName, [...new Set(bound)]);
    const failures = await this.preflight.placeFailures(prepared);
    if (failures.length > 0) throw new NoPlaceThereError(appName, name, failures);
    return { jobId: await this.upgrades.move(appName, node, prepared), node };
  }
}
