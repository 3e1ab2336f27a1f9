import type { DeploySettings } from '../../../platform/docker/engine-types';
import type { KeyPath } from '../language/yaml-source';

/**
 * One Compose project after interpolation, with every short form written out. Times are in
 * nanoseconds, sizes in bytes, as the engine expects them.
 */
export interface ComposeProject {
  /** The template's own `name:`, if any. Not used for naming. */
  readonly name: string | null;
  /** In the order of the file; services of profiles that are not active are left out. */
  readonly services: ReadonlyMap<string, ComposeService>;
  readonly networks: ReadonlyMap<string, ComposeNetwork>;
  readonly volumes: ReadonlyMap<string, ComposeVolume>;
  readonly configs: ReadonlyMap<string, ComposeFileObject>;
  readonly secrets: ReadonlyMap<string, ComposeFileObject>;
}

export type DependencyCondition =
  'service_started' | 'service_healthy' | 'service_completed_successfully';

export interface ComposeDependency {
  readonly condition: DependencyCondition;
  /** False: the service may be absent (an inactive profile). */
  readonly required: boolean;
  /** Restart this service after the other one was restarted. */
  readonly restart: boolean;
}

export interface ComposeService {
  readonly name: string;
  /** Null only where `build` is given without an image name. */
  readonly image: string | null;
  readonly build: ComposeBuild | null;
  readonly containerName: string | null;
  readonly command: readonly string[] | null;
  /** An empty list resets the image's own entry point. */
  readonly entrypoint: readonly string[] | null;
  readonly environment: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  readonly ports: readonly ComposePort[];
  readonly expose: readonly ComposeExposedPort[];
  readonly mounts: readonly ComposeMount[];
  readonly volumesFrom: readonly { readonly service: string; readonly readOnly: boolean }[];
  readonly configs: readonly ComposeFileMount[];
  readonly secrets: readonly ComposeFileMount[];
  readonly networks: ReadonlyMap<string, ComposeServiceNetwork>;
  /** `bridge`, `none`, `host`, `service:x` or `container:x`; null: the networks above. */
  readonly networkMode: string | null;
  readonly links: readonly { readonly service: string; readonly alias: string }[];
  readonly dependsOn: ReadonlyMap<string, ComposeDependency>;
  readonly healthcheck: ComposeHealthcheck | null;
  readonly restart: ComposeRestart;
  readonly profiles: readonly string[];
  readonly replicas: number;
  /** For a Swarm alone. */
  readonly deploy: DeploySettings;
  readonly pullPolicy: 'always' | 'missing' | 'never' | 'build';
  readonly platform: string | null;
  readonly user: string | null;
  readonly groupAdd: readonly string[];
  readonly workingDir: string | null;
  readonly hostname: string | null;
  readonly domainname: string | null;
  readonly macAddress: string | null;
  readonly tty: boolean;
  readonly stdinOpen: boolean;
  readonly init: boolean | null;
  readonly readOnly: boolean;
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly securityOpt: readonly string[];
  readonly devices: readonly ComposeDevice[];
  readonly deviceCgroupRules: readonly string[];
  readonly gpus: readonly ComposeGpuRequest[];
  readonly dns: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly extraHosts: readonly { readonly host: string; readonly address: string }[];
  readonly sysctls: ReadonlyMap<string, string>;
  readonly ulimits: readonly ComposeUlimit[];
  readonly logging: {
    readonly driver: string | null;
    readonly options: ReadonlyMap<string, string>;
  } | null;
  readonly limits: ComposeLimits;
  readonly pid: string | null;
  readonly ipc: string | null;
  readonly uts: string | null;
  readonly usernsMode: string | null;
  readonly cgroup: string | null;
  readonly cgroupParent: string | null;
  readonly runtime: string | null;
  readonly stopSignal: string | null;
  /** Nanoseconds. */
  readonly stopGracePeriod: number | null;
  readonly storageOpt: ReadonlyMap<string, string>;
  readonly backup: ComposeBackup | null;
}

/** `x-backup`: how the data of a service are saved while it runs. Commands run in its container. */
export interface ComposeBackup {
  /** The files may be copied at any moment. */
  readonly live: boolean;
  /** Before the copy, e.g. a dump; null: none. */
  readonly pre: readonly string[] | null;
  /** After the copy, whatever became of it. */
  readonly post: readonly string[] | null;
  /** After a restore, once the service is healthy and before what depends on it is started. */
  readonly restore: readonly string[] | null;
  /** Compose keys of volumes that `pre` makes a dump of: they are saved empty. */
  readonly without: readonly string[];
  /** Milliseconds that each command may take. */
  readonly timeoutMs: number;
}

export interface ComposeRestart {
  readonly policy: 'no' | 'always' | 'on-failure' | 'unless-stopped';
  readonly maximumRetries: number | null;
}

export interface ComposePort {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** What the template publishes it at; null: the engine would pick one. */
  readonly published: number | null;
  readonly hostIp: string | null;
  /** The variable that alone makes up the published port, e.g. `W9_HTTP_PORT_SET`. */
  readonly variable: string | null;
  readonly path: KeyPath;
}

export interface ComposeExposedPort {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

export interface ComposeMount {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  /** Volume: its Compose key, null when anonymous. Bind: the path as written (relative or absolute). */
  readonly source: string | null;
  readonly target: string;
  readonly readOnly: boolean;
  readonly propagation: string | null;
  /** `z` or `Z`. */
  readonly selinux: string | null;
  readonly noCopy: boolean;
  readonly tmpfsSize: number | null;
  readonly tmpfsMode: number | null;
  /** Further tmpfs options of the short form, e.g. `noexec,uid=1000`. */
  readonly tmpfsOptions: string | null;
  readonly path: KeyPath;
}

/** A config or secret in a service. */
export interface ComposeFileMount {
  readonly source: string;
  readonly target: string;
  readonly mode: number | null;
  /** For a Swarm alone. */
  readonly uid: string | null;
  readonly gid: string | null;
  readonly path: KeyPath;
}

/** A config or secret of the project: exactly one of file, content or environment. */
export interface ComposeFileObject {
  readonly name: string;
  readonly file: string | null;
  readonly content: string | null;
  readonly path: KeyPath;
}

export interface ComposeServiceNetwork {
  readonly aliases: readonly string[];
  readonly ipv4Address: string | null;
  readonly ipv6Address: string | null;
  readonly linkLocalIps: readonly string[];
  readonly macAddress: string | null;
  readonly driverOpts: ReadonlyMap<string, string>;
  /** The highest is attached first. */
  readonly priority: number;
}

export interface ComposeNetwork {
  readonly key: string;
  readonly name: string | null;
  readonly external: boolean;
  readonly driver: string | null;
  readonly driverOpts: ReadonlyMap<string, string>;
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly enableIpv6: boolean;
  readonly ipam: {
    readonly driver: string | null;
    readonly config: readonly {
      readonly subnet: string | null;
      readonly ipRange: string | null;
      readonly gateway: string | null;
    }[];
  } | null;
  readonly labels: ReadonlyMap<string, string>;
}

export interface ComposeVolume {
  readonly key: string;
  readonly name: string | null;
  readonly external: boolean;
  readonly driver: string | null;
  readonly driverOpts: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
}

/** Durations in nanoseconds. */
export interface ComposeHealthcheck {
  readonly disable: boolean;
  /** `['CMD', …]` or `['CMD-SHELL', '…']`; null: the image's own test. */
  readonly test: readonly string[] | null;
  readonly interval: number | null;
  readonly timeout: number | null;
  readonly startPeriod: number | null;
  readonly retries: number | null;
}

export interface ComposeBuild {
  /** Relative to the app's folder. */
  readonly context: string;
  readonly dockerfile: string;
  readonly dockerfileInline: string | null;
  readonly args: ReadonlyMap<string, string>;
  readonly target: string | null;
  readonly labels: ReadonlyMap<string, string>;
  readonly tags: readonly string[];
  readonly extraHosts: readonly { readonly host: string; readonly address: string }[];
  readonly noCache: boolean;
  readonly pull: boolean;
  readonly shmSize: number | null;
  readonly platform: string | null;
  readonly path: KeyPath;
}

export interface ComposeUlimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

export interface ComposeDevice {
  readonly source: string;
  readonly target: string;
  readonly permissions: string;
}

export interface ComposeGpuRequest {
  readonly driver: string | null;
  /** -1 means all. */
  readonly count: number | null;
  readonly deviceIds: readonly string[];
  readonly capabilities: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

/** Sizes in bytes, CPUs as a fraction of one core. */
export interface ComposeLimits {
  readonly memory: number | null;
  readonly memoryReservation: number | null;
  readonly memorySwap: number | null;
  readonly memorySwappiness: number | null;
  readonly cpus: number | null;
  readonly cpuShares: number | null;
  readonly cpuQuota: number | null;
  /** Microseconds. */
  readonly cpuPeriod: number | null;
  readonly cpuset: string | null;
  readonly pids: number | null;
  readonly shmSize: number | null;
  readonly oomKillDisable: boolean | null;
  readonly oomScoreAdj: number | null;
  readonly blkioWeight: number | null;
}
