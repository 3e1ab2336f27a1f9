// First: the client library loads less after it.
import { useTransportsWithoutRedirects } from './engine-transport';
import Dockerode from 'dockerode';
import { engineCall, READ_TIMEOUT_MS, type CallOptions } from './engine-call';
import { EngineContainers } from './engine-containers';
import { watchEngineEvents, type EngineEventListener } from './engine-events';
import { EngineGate, guardCalls, type EngineCheck, type EngineIdentity } from './engine-gate';
import { EngineImages } from './engine-images';
import { EngineError, isEngineFailure } from './engine.errors';
import { EngineNetworks } from './engine-networks';
import type { NodesElsewhere } from './swarm/swarm-home';
import type { DiskUsage, EngineFacts, EngineInfo, EngineVersion } from './engine-types';
import { RegistryLogins } from './registry/registry-logins';
import { EngineVolumes } from './engine-volumes';
import { SingleNode, SwarmNodes, type ClusterNodes } from './swarm/cluster-nodes';
import { toOverlay } from './swarm/service-spec';
import { ClusterFiles, NO_SWARM_FILES, type SwarmFiles } from './swarm/swarm-files';
import { SwarmServices } from './swarm/swarm-services';
import type { Workloads } from './workloads';

/** Whether there is an engine at all should be known quickly. */
const PING_TIMEOUT_MS = 2_000;
/** An engine that reads its settings anew keeps its connections. */
const FACTS_AGE_MS = 30_000;
/** Sizes of images and volumes are counted on the spot. */
const DISK_USAGE_TIMEOUT_MS = 60_000;

export interface EngineOptions {
  /** What containers on different nodes of a Swarm say to each other is encrypted. */
  readonly encryptsNetworks?: boolean;
  /** Path of the `config.json` with the logins to registries; null: none. */
  readonly registryAuthFile?: string | null;
}

/** What runs the apps. */
export type Orchestrator = 'engine' | 'swarm';

export const DEFAULT_DOCKER_HOST = 'unix:///var/run/docker.sock';

/**
 * The one narrow client of the Docker Engine. Everything that it throws is an `EngineError` that
 * says which failure it is; every call has a deadline, long ones can be aborted.
 */
export class DockerEngine {
  readonly containers: EngineContainers;
  /** What apps run as: the containers above, or services of the Swarm. */
  readonly workloads: Workloads;
  readonly images: EngineImages;
  readonly registryLogins: RegistryLogins;
  readonly nodes: ClusterNodes;
  readonly networks: EngineNetworks;
  readonly volumes: EngineVolumes;
  /** Configs and secrets of the Swarm; none of a single engine. */
  readonly files: SwarmFiles;
  private readonly client: Dockerode;
  private readonly gate = new EngineGate(() => this.identify());
  private readonly system: AbortableCalls;
  private elsewhere: NodesElsewhere | null = null;
  private remembered: {
    readonly facts: Promise<EngineFacts>;
    readonly losses: number;
    readonly until: number;
  } | null = null;

  /**
   * @param host `unix:///path/to.sock` or `tcp://host:port`
   * @param orchestrator `swarm`: the engine is a manager, and apps run as services
   */
  constructor(
    readonly host: string = DEFAULT_DOCKER_HOST,
    readonly orchestrator: Orchestrator = 'engine',
    { encryptsNetworks = false, registryAuthFile = null }: EngineOptions = {},
  ) {
    useTransportsWithoutRedirects();
    this.client = new Dockerode(toConnection(host));
    guardCalls(this.client, this.gate);
    this.system = this.client;
    this.containers = new EngineContainers(this.client);
    this.registryLogins = new RegistryLogins(registryAuthFile);
    this.images = new EngineImages(this.client, this.registryLogins);
    this.workloads =
      orchestrator === 'engine'
        ? this.containers
        : new SwarmServices(this.client, {
            info: () => this.facts(),
            inspect: (container) => this.containers.inspect(container),
            findImage: (reference) => this.images.find(reference),
            findLogin: (reference) => this.registryLogins.find(reference),
            elsewhere: (container) => {
              if (!this.elsewhere) throw new EngineError('on-another-node', container);
              return this.elsewhere;
            },
          });
    this.nodes =
      orchestrator === 'engine' ? new SingleNode(this) : new SwarmNodes(this.client, this);
    this.networks = new EngineNetworks(
      this.client,
      orchestrator === 'swarm' ? (spec) => toOverlay(spec, encryptsNetworks) : undefined,
    );
    this.volumes = new EngineVolumes(this.client);
    this.files = orchestrator === 'engine' ? NO_SWARM_FILES : new ClusterFiles(this.client);
  }

  /** Whether it runs on this machine: its disk, ports and container addresses are then ours too. */
  get isLocal(): boolean {
    return this.host.startsWith('unix://');
  }

  /**
   * From now on an engine must pass this check before it is used, again after each lost connection. Until then
   * only `ping`, `version` and `info` work; all else throws what the check throws.
   */
  admitOnly(check: EngineCheck): void {
    this.gate.admitOnly(check);
  }

  /** Without it questions about containers on other nodes of the Swarm are refused with `on-another-node`. */
  askElsewhere(elsewhere: NodesElsewhere): void {
    this.elsewhere = elsewhere;
  }

  /**
   * For work that begins with a change elsewhere; an engine that is away is left to the calls that need it.
   * @throws EngineError `engine-foreign`, `swarm-without-majority`
   */
  async refuseUnusable(): Promise<void> {
    try {
      await this.gate.pass();
      if (this.orchestrator === 'swarm') await this.identify();
    } catch (error) {
      if (isEngineFailure(error, 'engine-foreign', 'swarm-without-majority')) throw error;
    }
  }

  /** Whether it answers and, as a manager of a Swarm, accepts changes. @throws EngineError */
  async ready(): Promise<void> {
    if (this.orchestrator === 'swarm') await this.identify();
    else await this.ping();
  }

  /** @throws EngineError `not-a-manager`, `swarm-without-majority` */
  async identify(options: CallOptions = {}): Promise<EngineIdentity> {
    const { id, name, swarm } = await this.info(options);
    if (this.orchestrator === 'engine') return { id, node: null };
    if (!swarm || !(swarm.isManager || swarm.isJoining))
      throw new EngineError('not-a-manager', name);
    if (!swarm.clusterId) throw new EngineError('swarm-without-majority', swarm.error);
    return { id: swarm.clusterId, node: { id: swarm.nodeId, name } };
  }

  /** Whether the engine that answered last did not pass the check. */
  get isForeign(): boolean {
    return this.gate.isForeign;
  }

  /** @throws EngineError `engine-unreachable`, `socket-permission` or, after 2 s, `engine-timeout` */
  async ping(options: CallOptions = {}): Promise<void> {
    await engineCall(
      { about: 'engine', subject: 'ping' },
      { timeoutMs: PING_TIMEOUT_MS, ...options },
      (abortSignal) => this.system.ping({ abortSignal }),
    );
  }

  async version(options: CallOptions = {}): Promise<EngineVersion> {
    const raw = await engineCall(
      { about: 'engine', subject: 'version' },
      { timeoutMs: PING_TIMEOUT_MS, ...options },
      () => this.client.version(),
    );
    return { version: raw.Version, apiVersion: raw.ApiVersion, os: raw.Os, arch: raw.Arch };
  }

  async info(options: CallOptions = {}): Promise<EngineInfo> {
    const raw = (await engineCall<unknown>(
      { about: 'engine', subject: 'info' },
      { timeoutMs: READ_TIMEOUT_MS, ...options },
      (abortSignal) => this.system.info({ abortSignal }),
    )) as {
      ID?: string;
      Name?: string;
      ServerVersion?: string;
      Architecture?: string;
      NCPU?: number;
      MemTotal?: number;
      DockerRootDir?: string;
      RegistryConfig?: { Mirrors?: string[] | null };
      Warnings?: string[] | null;
      Runtimes?: Record<string, unknown> | null;
      DefaultAddressPools?: { Base: string; Size: number }[] | null;
      SecurityOptions?: string[] | null;
      Swarm?: {
        NodeID?: string;
        LocalNodeState?: string;
        ControlAvailable?: boolean;
        Error?: string;
        Cluster?: { ID?: string } | null;
      };
    };
    const { Swarm: swarm } = raw;
    return {
      id: raw.ID ?? '',
      name: raw.Name ?? '',
      version: raw.ServerVersion ?? '',
      arch: raw.Architecture ?? '',
      cpus: raw.NCPU ?? 0,
      memoryBytes: raw.MemTotal ?? 0,
      dataRoot: raw.DockerRootDir ?? '',
      registryMirrors: raw.RegistryConfig?.Mirrors ?? [],
      warnings: raw.Warnings ?? [],
      runtimes: Object.keys(raw.Runtimes ?? {}),
      mapsUserIds: (raw.SecurityOptions ?? []).some((o) => /^name=(userns|rootless)\b/.test(o)),
      swarm: swarm?.NodeID
        ? {
            nodeId: swarm.NodeID,
            clusterId: swarm.Cluster?.ID || null,
            isManager: swarm.ControlAvailable === true,
            isJoining: swarm.LocalNodeState === 'pending',
            error: swarm.Error ?? '',
          }
        : null,
      addressPools: (raw.DefaultAddressPools ?? []).map((p) => ({ base: p.Base, size: p.Size })),
    };
  }

  /**
   * What stays the same while the engine runs: asked once for each connection, and again after 30 s. The engine
   * runs programs of its own to answer `info` and `version`.
   */
  facts(): Promise<EngineFacts> {
    const { losses } = this.gate;
    const known = this.remembered;
    if (known?.losses === losses && Date.now() < known.until) return known.facts;
    const facts = Promise.all([this.info(), this.version()]).then(
      ([info, { apiVersion }]): EngineFacts => ({ ...info, apiVersion }),
    );
    this.remembered = { facts, losses, until: Date.now() + FACTS_AGE_MS };
    facts.catch(() => {
      if (this.remembered?.facts === facts) this.remembered = null;
    });
    return facts;
  }

  /** Sizes in bytes. Slow on an engine with much data: seconds. */
  async diskUsage(options: CallOptions = {}): Promise<DiskUsage> {
    const raw = (await engineCall<unknown>(
      { about: 'engine', subject: 'disk usage' },
      { timeoutMs: DISK_USAGE_TIMEOUT_MS, ...options },
      (abortSignal) => this.system.df({ abortSignal }),
    )) as {
      LayersSize?: number;
      Images?:
        | {
            RepoTags?: string[] | null;
            Size: number;
            SharedSize: number;
            Containers: number;
          }[]
        | null;
      Containers?: { SizeRw?: number }[] | null;
      Volumes?: { Name: string; UsageData?: { Size: number; RefCount: number } | null }[] | null;
      BuildCache?: { Size?: number }[] | null;
    };
    const volumes = (raw.Volumes ?? []).map((v) => ({
      name: v.Name,
      sizeBytes: v.UsageData?.Size ?? -1,
      references: v.UsageData?.RefCount ?? -1,
    }));
    return {
      imagesBytes: raw.LayersSize ?? 0,
      containersBytes: (raw.Containers ?? []).reduce((sum, c) => sum + (c.SizeRw ?? 0), 0),
      volumesBytes: volumes.reduce((sum, v) => sum + Math.max(0, v.sizeBytes), 0),
      buildCacheBytes: (raw.BuildCache ?? []).reduce((sum, c) => sum + (c.Size ?? 0), 0),
      volumes,
      danglingImagesBytes: (raw.Images ?? [])
        .filter((i) => i.Containers === 0 && isNameless(i.RepoTags))
        .reduce((sum, i) => sum + Math.max(0, i.Size - Math.max(0, i.SharedSize)), 0),
    };
  }

  /** Container events of the given labels until aborted, over engine restarts. Never throws. */
  async watchEvents(
    labels: readonly string[],
    listener: EngineEventListener,
    signal: AbortSignal,
  ): Promise<void> {
    const closingGate: EngineEventListener = {
      onConnect: () => listener.onConnect(),
      onEvent: (event) => listener.onEvent(event),
      onDisconnect: (error) => {
        this.gate.close();
        listener.onDisconnect?.(error);
      },
    };
    await watchEngineEvents(this.client, labels, closingGate, signal);
  }
}

/** Calls that take a signal although the library's types do not say so. */
type AbortableCalls = Record<
  'ping' | 'info' | 'df',
  (options: { readonly abortSignal: AbortSignal }) => Promise<unknown>
>;

/** `host` and `socketPath` are both given: the library would fill a gap from the environment. */
function toConnection(host: string): Dockerode.DockerOptions {
  if (host.startsWith('unix://')) {
    return { socketPath: host.slice('unix://'.length), host: undefined };
  }
  const url = new URL(host.includes('://') ? host : `tcp://${host}`);
  return {
    host: url.hostname,
    port: Number(url.port || 2375),
    protocol: url.protocol === 'https:' ? 'https' : 'http',
    socketPath: undefined,
  };
}

function isNameless(tags: readonly string[] | null | undefined): boolean {
  return !tags || tags.every((tag) => tag === '<none>:<none>');
}
