import type Dockerode from 'dockerode';
import type { Bilingual } from '../i18n/bilingual';

/**
 * What is sent to the engine. These are the Engine API's own shapes, named here so that the rest of
 * the code does not import the client library.
 */
export type ContainerSpec = Omit<
  Dockerode.ContainerCreateOptions,
  'name' | 'platform' | 'abortSignal' | 'HostConfig'
> & { HostConfig?: HostConfig };
/** With what the library's types lack, and without what they wrongly demand of a mount. */
export type HostConfig = Omit<Dockerode.HostConfig, 'Mounts'> & {
  Mounts?: readonly object[];
  CgroupnsMode?: string;
};
export type HealthConfig = Dockerode.HealthConfig;
export type EndpointSettings = Dockerode.EndpointSettings;
export type NetworkSpec = Omit<Dockerode.NetworkCreateOptions, 'abortSignal'>;
export type VolumeSpec = Omit<Dockerode.VolumeCreateOptions, 'abortSignal'>;
export type ContainerDetails = Dockerode.ContainerInspectInfo;
export type ImageDetails = Dockerode.ImageInspectInfo;

/** How an update of a service goes on. Times in nanoseconds; null: the Swarm's own default. */
export interface UpdateSettings {
  /** Tasks at once; 0: all. */
  readonly parallelism: number | null;
  readonly delay: number | null;
  readonly failureAction: string | null;
  readonly monitor: number | null;
  /** 0 to 1. */
  readonly maxFailureRatio: number | null;
  readonly order: string | null;
}

/** What a `deploy` section says to a Swarm alone. Times in nanoseconds; null: nothing. */
export interface DeploySettings {
  readonly mode: string | null;
  readonly endpointMode: string | null;
  /** Of the service, in addition to those of its containers. */
  readonly labels: Readonly<Record<string, string>>;
  readonly constraints: readonly string[];
  /** Descriptors such as `node.labels.zone` over whose values the replicas are spread. */
  readonly spread: readonly string[];
  /** 0: as many as there are. */
  readonly maxReplicasPerNode: number | null;
  /** Cores that a node must have free. */
  readonly reservedCpus: number | null;
  readonly restartDelay: number | null;
  readonly restartWindow: number | null;
  readonly update: UpdateSettings | null;
  readonly rollback: UpdateSettings | null;
}

export const NO_DEPLOY_SETTINGS: DeploySettings = {
  mode: null,
  endpointMode: null,
  labels: {},
  constraints: [],
  spread: [],
  maxReplicasPerNode: null,
  reservedCpus: null,
  restartDelay: null,
  restartWindow: null,
  update: null,
  rollback: null,
};

/** The most that a Swarm takes as the content of a config or secret, bytes; nothing is too little. */
export const MAX_SERVICE_FILE_BYTES = 500 * 1024 - 1;

/** A file that the Swarm keeps and gives to the containers of a service, on any node. */
export interface ServiceFile {
  readonly kind: 'config' | 'secret';
  readonly id: string;
  readonly name: string;
  /** The entry of `HostConfig.Binds` that it takes the place of. */
  readonly bind: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly uid: string;
  readonly gid: string;
  /** Permission bits. */
  readonly mode: number;
}

export type TransportProtocol = 'tcp' | 'udp';

export type ContainerState =
  'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

export type HealthState = 'none' | 'starting' | 'healthy' | 'unhealthy';

export interface PublishedPort {
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: TransportProtocol;
}

/** One row of the engine's container list: all that one call reports about every container. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ContainerState;
  /** From the status text; `none` where the image has no health check. */
  readonly health: HealthState;
  /** From the status text; null while the container has not ended. */
  readonly exitCode: number | null;
  readonly createdAt: Date;
  /** Only of running containers: a stopped one lists no ports. */
  readonly ports: readonly PublishedPort[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** Of a service: ids of the nodes that its tasks are on, lost ones too. */
  readonly nodes?: readonly string[];
  /** Of a service: id of the one node that may run it. */
  readonly pinnedTo?: string;
  /** Of a service: why it does not run, or why that is not known. */
  readonly placement?: PlacementProblem;
}

/** `node-lost`: its node does not answer. `not-placed`: no node can run it. */
export interface PlacementProblem {
  readonly code: 'node-lost' | 'not-placed';
  readonly text: Bilingual;
}

/** How a container ended, as only the engine that ran it knows. */
export type ContainerEnd = Required<
  Pick<ContainerCondition, 'outOfMemory' | 'lastProbe' | 'endedForHealth'>
>;

/** What only an inspect reports, reduced to what a status needs. */
export interface ContainerCondition {
  readonly id: string;
  readonly name: string;
  readonly state: ContainerState;
  readonly health: HealthState;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** It was ended because its health check failed, as a Swarm does. */
  readonly endedForHealth?: boolean;
  readonly restartCount: number;
  /** The engine's own message about a start that failed. */
  readonly engineError: string;
  /** Its own addresses in its networks; empty unless it runs. */
  readonly addresses: readonly string[];
  /** Output of the last health probe, trimmed. */
  readonly lastProbe: string;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Of a service: it ended several times in a row, whatever the number that is still known. */
  readonly isLooping?: boolean;
  /** Of a service: address of the node where its published ports answer; null while it does not run. */
  readonly publishedAt?: string | null;
  readonly placement?: PlacementProblem;
}

export interface NetworkSummary {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Address ranges, e.g. `172.18.0.0/16`. */
  readonly subnets: readonly string[];
}

export interface VolumeSummary {
  readonly name: string;
  readonly driver: string;
  /** Folder of its data on the engine's machine; empty where the driver has none. */
  readonly mountpoint: string;
  readonly labels: Readonly<Record<string, string>>;
  /** In whole seconds, as the engine reports it. */
  readonly createdAt: Date;
}

export interface EngineVersion {
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  readonly arch: string;
}

export interface EngineInfo {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly dataRoot: string;
  readonly registryMirrors: readonly string[];
  /** The engine's own warnings. */
  readonly warnings: readonly string[];
  /** Names of the container runtimes, e.g. `runc` and `nvidia`. */
  readonly runtimes: readonly string[];
  /** Users of containers are others on the machine: user namespaces or a rootless engine. */
  readonly mapsUserIds: boolean;
  /** Its place in a Swarm; null: it is in none. */
  readonly swarm: SwarmMembership | null;
  /** Address ranges for new networks; empty: the engine's built-in ones. */
  readonly addressPools: readonly { readonly base: string; readonly size: number }[];
}

export interface SwarmMembership {
  readonly nodeId: string;
  /** Null on a worker, and while the managers have no majority. */
  readonly clusterId: string | null;
  readonly isManager: boolean;
  /** Has just started and has not found the others yet: whether it is a manager is not known then. */
  readonly isJoining: boolean;
  /** The engine's own words about what is wrong; empty: nothing is. */
  readonly error: string;
}

/** What stays the same while the engine runs. */
export interface EngineFacts extends EngineInfo {
  readonly apiVersion: string;
}

export interface VolumeUsage {
  readonly name: string;
  /** Bytes on disk; -1 where the driver does not say. */
  readonly sizeBytes: number;
  readonly references: number;
}

export interface DiskUsage {
  readonly imagesBytes: number;
  readonly containersBytes: number;
  readonly volumesBytes: number;
  readonly buildCacheBytes: number;
  readonly volumes: readonly VolumeUsage[];
  /** Images without a name that no container uses, without what they share with others. */
  readonly danglingImagesBytes: number;
}

export interface ContainerStats {
  /** Percent of one core: 250 means two and a half cores. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  /** The container's limit, or the memory of the machine where there is none. */
  readonly memoryLimitBytes: number;
  readonly networkRxBytes: number;
  readonly networkTxBytes: number;
  readonly blockReadBytes: number;
  readonly blockWriteBytes: number;
  readonly pids: number;
}

/** Counters of one moment, without the second that `ContainerStats` takes to sample. */
export interface ContainerUsage {
  /** CPU time of the container and of the whole machine since their start. */
  readonly cpuNanoseconds: number;
  readonly systemNanoseconds: number;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  /** Bytes since the start over all its networks; null without one of its own. */
  readonly network: { readonly received: number; readonly sent: number } | null;
  /** When the engine read them, in milliseconds since the epoch. */
  readonly readAtMs: number;
}

export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  /** Engine's time stamp, RFC 3339 with nanoseconds; empty where the engine gave none. */
  readonly at: string;
  readonly text: string;
}

/** One thing that happened on the engine. `exec_*` noise is dropped before it gets here. */
export interface EngineEvent {
  readonly type: 'container' | 'network' | 'volume' | 'image' | 'daemon' | 'other';
  /** e.g. `start`, `die`, `oom`, `destroy`, `rename`, `health_status: unhealthy`. */
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly at: Date;
}
