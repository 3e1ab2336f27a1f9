import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { ContainerSummary } from '../../platform/docker/engine-types';
import type { ClusterNode, NodeChange } from '../../platform/docker/swarm/cluster-nodes';
import { ownLabels } from '../compose/engine/labels';
import { Home } from '../homes/home';
import { InstallationStore } from '../installations/installation.store';
import { findNode } from '../../server/nodes/find-node';
import { SingleNodeError } from '../../server/nodes/node.errors';

/** An app on one node. */
export interface NodeApp {
  readonly appName: string;
  /** Something of it can run nowhere else: its data is there, or it was asked for. */
  readonly isPinned: boolean;
  /** Host ports that it has open there, ascending. */
  readonly ports: readonly number[];
}

export interface NodeView extends ClusterNode {
  /** A server of this installation runs there, and apps may have their data there. */
  readonly holdsApps: boolean;
  /** By name. */
  readonly apps: readonly NodeApp[];
}

/** The machines that apps run on: those of the Swarm, or the one of the engine. */
@Injectable()
export class Nodes {
  constructor(
    private readonly engine: DockerEngine,
    private readonly store: InstallationStore,
    private readonly home: Home,
  ) {}

  /** With the apps of this server: others may use the same engine. */
  async list(): Promise<NodeView[]> {
    const [nodes, homes, workloads, rows] = await Promise.all([
      this.engine.nodes.list(),
      this.home.list(),
      this.engine.workloads.list([ownLabels.installation]),
      this.store.listActive(),
    ]);
    const active = new Set(rows.map(({ id }) => id));
    const own = workloads.filter(({ labels }) => active.has(labels[ownLabels.installation] ?? ''));
    const homeIds = new Set(homes.map(({ nodeId }) => nodeId));
    return nodes.map((node) => ({
      ...node,
      holdsApps: node.isHome || homeIds.has(node.id),
      apps: appsOn(node, own),
    }));
  }

  /**
   * @param ref id or host name
   * @throws EngineError `node-unknown`; NodeAmbiguousError
   */
  async get(ref: string): Promise<NodeView> {
    return findNode(await this.list(), ref);
  }

  /**
   * The id of a node that an app is to run on; null where none is named, and on a single engine, which is the only one.
   * @throws EngineError `node-unknown`; NodeAmbiguousError
   */
  async idOf(ref: string | undefined): Promise<string | null> {
    if (ref === undefined) return null;
    const { id } = await this.get(ref);
    return this.engine.orchestrator === 'engine' ? null : id;
  }

  /**
   * Returns the node as it is then; apps leave a drained one within the next seconds.
   * @throws EngineError `node-unknown`; NodeAmbiguousError, SingleNodeError
   */
  async change(ref: string, change: NodeChange): Promise<NodeView> {
    const { id } = await this.get(ref);
    if (this.engine.orchestrator === 'engine') throw new SingleNodeError();
    await this.engine.nodes.change(id, change);
    return this.get(id);
  }
}

function appsOn({ id, role }: ClusterNode, workloads: readonly ContainerSummary[]): NodeApp[] {
  const apps = new Map<string, { isPinned: boolean; ports: Set<number> }>();
  for (const { labels, nodes = [], pinnedTo, ports } of workloads) {
    const appName = labels[ownLabels.app];
    const isPinned = role === 'engine' || pinnedTo === id;
    const isThere = role === 'engine' || nodes.includes(id);
    if (!appName || !(isPinned || isThere)) continue;
    const app = apps.get(appName) ?? { isPinned: false, ports: new Set() };
    app.isPinned ||= isPinned;
    if (isThere) for (const { hostPort } of ports) app.ports.add(hostPort);
    apps.set(appName, app);
  }
  return [...apps]
    .map(([appName, { isPinned, ports }]) => ({
      appName,
      isPinned,
      ports: [...ports].sort((one, other) => one - other),
    }))
    .sort((one, other) => one.appName.localeCompare(other.appName));
}
