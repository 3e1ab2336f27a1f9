import type Dockerode from 'dockerode';
import type { CallOptions } from '../engine-call';
import { EngineError } from '../engine.errors';
import type { EngineInfo, EngineVersion } from '../engine-types';
import { SwarmApi } from './swarm-api';
import type { RawNode } from './swarm-types';

/** A machine that runs containers: one of a Swarm, or the one of a single engine. */
export interface ClusterNode {
  readonly id: string;
  /** Its host name; two may have the same. */
  readonly name: string;
  readonly role: 'engine' | 'manager' | 'worker';
  readonly isLeader: boolean;
  /** Whether the engine that is asked runs on it, and with it all data of apps. */
  readonly isHome: boolean;
  readonly state: 'ready' | 'down' | 'disconnected' | 'unknown';
  /** The Swarm's own words about the state; mostly empty. */
  readonly message: string;
  readonly availability: 'active' | 'pause' | 'drain';
  readonly address: string | null;
  readonly engineVersion: string;
  readonly os: string;
  readonly architecture: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly labels: Readonly<Record<string, string>>;
  /** From the settings of its engine. */
  readonly engineLabels: Readonly<Record<string, string>>;
}

export interface NodeChange {
  readonly availability?: 'active' | 'drain';
  /** All that it has afterwards. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Every call throws `EngineError`. */
export interface ClusterNodes {
  list(options?: CallOptions): Promise<ClusterNode[]>;
  /** `node-unknown` where there is none of that id, `not-in-swarm` on a single engine */
  change(id: string, change: NodeChange, options?: CallOptions): Promise<void>;
}

/** What an engine knows of itself. */
interface NodeHome {
  info(options?: CallOptions): Promise<EngineInfo>;
  version(options?: CallOptions): Promise<EngineVersion>;
}

/** A change by somebody else in between makes one fail: the node is read again and the change sent again. */
const MAX_CHANGE_ATTEMPTS = 5;

/** The nodes of a Swarm, as a manager sees them. */
export class SwarmNodes implements ClusterNodes {
  private readonly api: SwarmApi;

  constructor(
    client: Dockerode,
    private readonly home: NodeHome,
  ) {
    this.api = new SwarmApi(client);
  }

  async list(options: CallOptions = {}): Promise<ClusterNode[]> {
    const [nodes, { swarm }] = await Promise.all([
      this.api.list<RawNode>('nodes', {}, options),
      this.home.info(options),
    ]);
    return nodes
      .map((node) => toClusterNode(node, swarm?.nodeId ?? null))
      .sort((one, other) => one.name.localeCompare(other.name) || one.id.localeCompare(other.id));
  }

  async change(id: string, change: NodeChange, options: CallOptions = {}): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const nodes = await this.api.list<RawNode>('nodes', { id: [id] }, options);
      const node = nodes.find(({ ID }) => ID === id);
      if (!node) throw new EngineError('node-unknown', id);
      const { availability: Availability, labels: Labels } = change;
      const body = {
        ...node.Spec,
        ...(Availability ? { Availability } : {}),
        ...(Labels ? { Labels } : {}),
      };
      const query = { version: node.Version.Index };
      try {
        const path = `/nodes/${id}/update`;
        await this.api.change(id, { method: 'POST', path, query, body }, options);
        return;
      } catch (error) {
        const isStale = /out of sequence/i.test((error as EngineError).engineText);
        if (!isStale || attempt >= MAX_CHANGE_ATTEMPTS) throw error;
      }
    }
  }
}

/** The one node of a single engine. */
export class SingleNode implements ClusterNodes {
  constructor(private readonly home: NodeHome) {}

  async list(options: CallOptions = {}): Promise<ClusterNode[]> {
    const [info, { os }] = await Promise.all([this.home.info(options), this.home.version(options)]);
    return [
      {
        id: info.id,
        name: info.name,
        role: 'engine',
        isLeader: true,
        isHome: true,
        state: 'ready',
        message: '',
        availability: 'active',
        address: null,
        engineVersion: info.version,
        os,
        architecture: info.arch,
        cpus: info.cpus,
        memoryBytes: info.memoryBytes,
        labels: {},
        engineLabels: {},
      },
    ];
  }

  change(id: string): Promise<void> {
    return Promise.reject(new EngineError('not-in-swarm', id));
  }
}

export function toClusterNode(
  { ID: id, Spec: spec, Description: about, Status: status, ManagerStatus: manager }: RawNode,
  homeId: string | null,
): ClusterNode {
  const known = ['ready', 'down', 'disconnected'] as const;
  const available = ['active', 'pause', 'drain'] as const;
  return {
    id,
    name: about?.Hostname ?? id,
    role: spec.Role === 'manager' ? 'manager' : 'worker',
    isLeader: manager?.Leader === true,
    isHome: id === homeId,
    state: known.find((state) => state === status.State) ?? 'unknown',
    message: status.Message ?? '',
    availability: available.find((value) => value === spec.Availability) ?? 'active',
    address: addressOf(status.Addr, manager?.Addr),
    engineVersion: about?.Engine?.EngineVersion ?? '',
    os: about?.Platform?.OS ?? '',
    architecture: about?.Platform?.Architecture ?? '',
    cpus: (about?.Resources?.NanoCPUs ?? 0) / 1e9,
    memoryBytes: about?.Resources?.MemoryBytes ?? 0,
    labels: spec.Labels ?? {},
    engineLabels: about?.Engine?.Labels ?? {},
  };
}

/** A manager may report 0.0.0.0 as its own address: the other managers reach it at that with a port. */
function addressOf(address = '', ofManager = ''): string | null {
  if (address !== '' && address !== '0.0.0.0') return address;
  return ofManager.replace(/:\d+$/, '') || null;
}
