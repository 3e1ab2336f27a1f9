import { isAnyAddress } from '../../addresses/any-address';
import type {
  ContainerSpec,
  DeploySettings,
  HostConfig,
  NetworkSpec,
  ServiceFile,
} from '../engine-types';
import type { Attachment } from '../workloads';
import { placementOf, updateConfigOf } from './service-deploy';
import { stoppedConstraints, stoppedMode, type ServiceMode } from './service-mode';

/** What a service keeps about itself: how many of it run once it is started. */
export const REPLICAS_LABEL = 'io.stackscape.replicas';
const NANOSECONDS = 1e9;

export interface ServiceMount {
  readonly Type: 'bind' | 'volume' | 'tmpfs';
  readonly Source?: string;
  readonly Target: string;
  readonly ReadOnly?: boolean;
  readonly BindOptions?: object;
  readonly VolumeOptions?: object;
  readonly TmpfsOptions?: object;
}

export interface ServicePort {
  readonly Protocol: 'tcp' | 'udp' | 'sctp';
  readonly TargetPort: number;
  readonly PublishedPort: number;
  readonly PublishMode: 'host' | 'ingress';
}

/** The body of a service's create call, as far as it is sent here. */
export interface ServiceSpec {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly TaskTemplate: {
    readonly ContainerSpec: {
      readonly Image: string;
      readonly Healthcheck?: { readonly Test?: readonly string[] };
      readonly Mounts?: readonly ServiceMount[];
      readonly TTY?: boolean;
      /** Nanoseconds. */
      readonly StopGracePeriod?: number;
      readonly [key: string]: unknown;
    };
    readonly RestartPolicy: { readonly Condition?: string; readonly MaxAttempts?: number };
    readonly Placement: { readonly Constraints?: readonly string[] };
    readonly Networks: readonly object[];
    /** Number of the start: every one begins new tasks. */
    readonly ForceUpdate?: number;
    readonly [key: string]: unknown;
  };
  readonly UpdateConfig?: object;
  readonly RollbackConfig?: object;
  readonly Mode: ServiceMode;
  readonly EndpointSpec?: { readonly Mode?: string; readonly Ports?: readonly ServicePort[] };
}

export interface ServiceTraits {
  /** Networks beyond the one in the container's own settings. */
  readonly networks: readonly Attachment[];
  readonly replicas: number;
  /** The image by its digest, or by the id under which only `node` has it. */
  readonly image: string;
  /** Id of the one node that may run it; null: any. */
  readonly node: string | null;
  readonly platform: string | null;
  readonly deploy: DeploySettings;
  readonly files: readonly ServiceFile[];
}

/** Settings of a container that a service can carry out, by their keys in the API. */
const CARRIED: readonly string[] = (
  'Image Hostname User Env Cmd Entrypoint WorkingDir Labels ExposedPorts Volumes Tty OpenStdin StopSignal ' +
  'StopTimeout Healthcheck HostConfig NetworkingConfig'
).split(' ');
const CARRIED_ON_HOST: readonly string[] = (
  'NetworkMode RestartPolicy PortBindings Binds Mounts Tmpfs LogConfig SecurityOpt ReadonlyRootfs Init CapAdd ' +
  'CapDrop Dns DnsOptions DnsSearch ExtraHosts GroupAdd Memory MemoryReservation NanoCpus PidsLimit ShmSize ' +
  'Sysctls Ulimits'
).split(' ');
/** Compose keys of the others. */
const COMPOSE_KEYS: Readonly<Record<string, string>> = {
  VolumesFrom: 'volumes_from',
  DeviceCgroupRules: 'device_cgroup_rules',
  DeviceRequests: 'gpus',
  PidMode: 'pid',
  IpcMode: 'ipc',
  UTSMode: 'uts',
  UsernsMode: 'userns_mode',
  CgroupnsMode: 'cgroup',
  CgroupParent: 'cgroup_parent',
  MemorySwap: 'memswap_limit',
  MemorySwappiness: 'mem_swappiness',
  CpuShares: 'cpu_shares',
  CpuPeriod: 'cpu_period',
  CpuQuota: 'cpu_quota',
  CpusetCpus: 'cpuset',
  BlkioWeight: 'blkio_config.weight',
  OomKillDisable: 'oom_kill_disable',
  OomScoreAdj: 'oom_score_adj',
  StorageOpt: 'storage_opt',
  MacAddress: 'mac_address',
};

/** Compose keys that the specification uses and a service of a Swarm does not have. */
export function unsupportedInSwarm(
  spec: ContainerSpec,
  networks: readonly Attachment[] = [],
): string[] {
  const host = spec.HostConfig ?? {};
  const keys = [
    ...Object.keys(spec).filter((key) => !CARRIED.includes(key)),
    ...Object.keys(host).filter((key) => !CARRIED_ON_HOST.includes(key)),
  ].map((key) => COMPOSE_KEYS[key] ?? key.toLowerCase());
  const attached = attachmentsOf(spec, networks);
  if (attached.length === 0) keys.push('network_mode');
  for (const { endpoint } of attached) {
    if (endpoint.Links?.length) keys.push('links');
    if (Object.keys(endpoint.IPAMConfig ?? {}).length > 0) keys.push('networks.ipv4_address');
    if (endpoint.MacAddress) keys.push('networks.mac_address');
  }
  if (!securityOf(host).every(isNoNewPrivileges)) keys.push('security_opt');
  if (Object.values(host.Tmpfs ?? {}).some((options) => options !== '')) keys.push('tmpfs options');
  if ((host.Binds ?? []).some((bind) => /[,:][zZ](,|$)/.test(bind))) keys.push('volumes.selinux');
  return [...new Set(keys)];
}

/** The network over all nodes that stands for one of a single engine. */
export function toOverlay(spec: NetworkSpec, isEncrypted = false): NetworkSpec {
  const options = isEncrypted ? { Options: { ...spec.Options, encrypted: '' } } : {};
  return { ...spec, Driver: 'overlay', ...options };
}

/**
 * Whether its data is on the disk of one node.
 * @param files that come from the Swarm instead
 */
export function hasLocalData(
  { HostConfig: host }: ContainerSpec,
  files: readonly Pick<ServiceFile, 'bind'>[] = [],
): boolean {
  return localBinds(host, files).length > 0;
}

function localBinds(
  host: HostConfig | undefined,
  files: readonly Pick<ServiceFile, 'bind'>[],
): string[] {
  return (host?.Binds ?? []).filter((bind) => !files.some((file) => file.bind === bind));
}

/** How long a container of it may take to end. */
export function graceMsOf({ Spec: spec }: { readonly Spec: ServiceSpec }): number {
  return (spec.TaskTemplate.ContainerSpec.StopGracePeriod ?? 0) / 1e6;
}

/** The service that stands for a container; it begins with no replica. */
export function toServiceSpec(
  name: string,
  spec: ContainerSpec,
  traits: ServiceTraits,
): ServiceSpec {
  const { networks, replicas, image, node, platform, deploy, files } = traits;
  const host = spec.HostConfig ?? {};
  const mode = stoppedMode(deploy);
  const labels = { ...spec.Labels, [REPLICAS_LABEL]: String(replicas) };
  const ports = portsOf(host);
  return {
    Name: name,
    Labels: { ...deploy.labels, ...labels },
    TaskTemplate: {
      ContainerSpec: {
        Image: image,
        Labels: labels,
        Command: spec.Entrypoint,
        Args: spec.Cmd,
        Hostname: spec.Hostname,
        Env: spec.Env,
        Dir: spec.WorkingDir,
        User: spec.User,
        Groups: host.GroupAdd,
        TTY: spec.Tty,
        OpenStdin: spec.OpenStdin,
        ReadOnly: host.ReadonlyRootfs,
        StopSignal: spec.StopSignal,
        StopGracePeriod:
          spec.StopTimeout === undefined ? undefined : spec.StopTimeout * NANOSECONDS,
        Healthcheck: spec.Healthcheck,
        Hosts: (host.ExtraHosts as string[] | undefined)?.map(toHostsLine),
        DNSConfig: { Nameservers: host.Dns, Search: host.DnsSearch, Options: host.DnsOptions },
        Init: host.Init,
        Sysctls: host.Sysctls,
        CapabilityAdd: host.CapAdd,
        CapabilityDrop: host.CapDrop,
        Ulimits: host.Ulimits,
        // Engines before release 25 do not know it.
        Privileges: { NoNewPrivileges: securityOf(host).some(isNoNewPrivileges) },
        Mounts: mountsOf(spec, host, files),
        ...filesOf(files),
      },
      Resources: {
        Limits: { NanoCPUs: host.NanoCpus, MemoryBytes: host.Memory, Pids: host.PidsLimit },
        Reservations: {
          MemoryBytes: host.MemoryReservation,
          NanoCPUs: deploy.reservedCpus ? deploy.reservedCpus * NANOSECONDS : undefined,
        },
      },
      RestartPolicy: restartPolicyOf(host, deploy),
      Placement: {
        ...placementOf(deploy, node, stoppedConstraints(mode)),
        ...(platform ? { Platforms: [toPlatform(platform)] } : {}),
      },
      Networks: attachmentsOf(spec, networks).map(({ network, endpoint }) => ({
        Target: network,
        Aliases: endpoint.Aliases,
        DriverOpts: endpoint.DriverOpts,
      })),
      LogDriver: { Name: host.LogConfig?.Type, Options: host.LogConfig?.Config as unknown },
    },
    Mode: mode,
    // For updates by hand: a start begins from no replica, which no update setting concerns.
    UpdateConfig: deploy.update
      ? updateConfigOf(deploy.update)
      : { Parallelism: 0, FailureAction: 'continue', Order: 'stop-first' },
    ...(deploy.rollback ? { RollbackConfig: updateConfigOf(deploy.rollback) } : {}),
    // Addresses of the replicas instead of one virtual address, which takes IPVS in the kernel.
    EndpointSpec: { Mode: deploy.endpointMode ?? 'dnsrr', Ports: ports },
  };
}

function attachmentsOf(spec: ContainerSpec, networks: readonly Attachment[]): Attachment[] {
  const first = Object.entries(spec.NetworkingConfig?.EndpointsConfig ?? {});
  return [...first.map(([network, endpoint]) => ({ network, endpoint })), ...networks];
}

function portsOf(host: HostConfig): ServicePort[] {
  const bindings = (host.PortBindings ?? {}) as Record<
    string,
    { HostIp?: string; HostPort?: string }[]
  >;
  return Object.entries(bindings).flatMap(([key, hosts]) =>
    hosts
      // The port of a service has no address: one that is meant for a single address stays closed.
      .filter(({ HostIp: address = '' }) => isAnyAddress(address))
      .map(({ HostPort: port }) => ({
        Protocol: (key.split('/')[1] ?? 'tcp') as ServicePort['Protocol'],
        TargetPort: Number.parseInt(key, 10),
        PublishedPort: Number(port),
        PublishMode: 'host' as const,
      })),
  );
}

function filesOf(files: readonly ServiceFile[]): object {
  const fileOf = ({ target: Name, uid: UID, gid: GID, mode: Mode }: ServiceFile): object => ({
    File: { Name, UID, GID, Mode },
  });
  const all = (kind: ServiceFile['kind']) => files.filter((file) => file.kind === kind);
  return {
    Configs: all('config').map((f) => ({ ConfigID: f.id, ConfigName: f.name, ...fileOf(f) })),
    Secrets: all('secret').map((f) => ({ SecretID: f.id, SecretName: f.name, ...fileOf(f) })),
  };
}

function mountsOf(
  spec: ContainerSpec,
  host: HostConfig,
  files: readonly ServiceFile[],
): ServiceMount[] {
  return [
    ...localBinds(host, files).map(toMount),
    ...Object.keys(spec.Volumes ?? {}).map((Target) => ({ Type: 'volume' as const, Target })),
    ...((host.Mounts ?? []) as ServiceMount[]),
    ...Object.keys(host.Tmpfs ?? {}).map((Target) => ({ Type: 'tmpfs' as const, Target })),
    ...(host.ShmSize
      ? [{ Type: 'tmpfs' as const, Target: '/dev/shm', TmpfsOptions: { SizeBytes: host.ShmSize } }]
      : []),
  ];
}

/** `source:target:options`, as in the settings of a container. */
function toMount(bind: string): ServiceMount {
  const [Source = '', Target = '', given = ''] = bind.split(':');
  const options = given.split(',');
  const common = { Source, Target, ReadOnly: options.includes('ro') };
  if (!Source.startsWith('/')) {
    return { Type: 'volume', ...common, VolumeOptions: { NoCopy: options.includes('nocopy') } };
  }
  const propagation = options.find((option) => /^r?(private|shared|slave)$/.test(option));
  const BindOptions = propagation ? { Propagation: propagation } : {};
  return { Type: 'bind', ...common, BindOptions };
}

function restartPolicyOf(
  { RestartPolicy: policy }: HostConfig,
  { restartDelay, restartWindow }: DeploySettings,
): ServiceSpec['TaskTemplate']['RestartPolicy'] {
  const pace = { Delay: restartDelay ?? undefined, Window: restartWindow ?? undefined };
  switch (policy?.Name) {
    case 'always':
    case 'unless-stopped':
      return { Condition: 'any', ...pace };
    case 'on-failure':
      return { Condition: 'on-failure', MaxAttempts: policy.MaximumRetryCount ?? 0, ...pace };
    default:
      return { Condition: 'none' };
  }
}

/** `name:address` → a line of `/etc/hosts`. */
function toHostsLine(host: string): string {
  const colon = host.indexOf(':');
  return `${host.slice(colon + 1)} ${host.slice(0, colon)}`;
}

function toPlatform(platform: string): object {
  const [OS, Architecture] = platform.split('/');
  return { OS, Architecture: Architecture === 'arm64' ? 'aarch64' : Architecture };
}

function securityOf({ SecurityOpt: options }: HostConfig): readonly string[] {
  return (options ?? []) as readonly string[];
}

function isNoNewPrivileges(option: string): boolean {
  return /^no-new-privileges(:true)?$/.test(option);
}
