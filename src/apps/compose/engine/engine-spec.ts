/**
 * The part of the Docker Engine API (1.41) that we send, as structural types. The names are the
 * engine's own.
 */
export interface ContainerCreateBody {
  Image: string;
  Hostname?: string;
  Domainname?: string;
  User?: string;
  Env?: string[];
  Cmd?: string[];
  Entrypoint?: string[];
  WorkingDir?: string;
  Labels: Record<string, string>;
  ExposedPorts?: Record<string, Record<string, never>>;
  Volumes?: Record<string, Record<string, never>>;
  Tty?: boolean;
  OpenStdin?: boolean;
  StopSignal?: string;
  /** Seconds. */
  StopTimeout?: number;
  MacAddress?: string;
  Healthcheck?: HealthcheckBody;
  HostConfig: HostConfigBody;
  NetworkingConfig?: { EndpointsConfig: Record<string, EndpointBody> };
}

/** Durations in nanoseconds. */
export interface HealthcheckBody {
  Test?: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  Retries?: number;
}

/** Sizes in bytes. */
export interface HostConfigBody {
  NetworkMode?: string;
  RestartPolicy: { Name: string; MaximumRetryCount?: number };
  PortBindings?: Record<string, { HostIp: string; HostPort: string }[]>;
  Binds?: string[];
  Mounts?: MountBody[];
  Tmpfs?: Record<string, string>;
  VolumesFrom?: string[];
  LogConfig: { Type: string; Config: Record<string, string> };
  SecurityOpt?: string[];
  Privileged?: boolean;
  ReadonlyRootfs?: boolean;
  Init?: boolean;
  CapAdd?: string[];
  CapDrop?: string[];
  Devices?: { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[];
  DeviceCgroupRules?: string[];
  DeviceRequests?: DeviceRequestBody[];
  Dns?: string[];
  DnsOptions?: string[];
  DnsSearch?: string[];
  ExtraHosts?: string[];
  GroupAdd?: string[];
  PidMode?: string;
  IpcMode?: string;
  UTSMode?: string;
  UsernsMode?: string;
  CgroupnsMode?: string;
  CgroupParent?: string;
  Runtime?: string;
  Memory?: number;
  MemoryReservation?: number;
  MemorySwap?: number;
  MemorySwappiness?: number;
  NanoCpus?: number;
  CpuShares?: number;
  CpuPeriod?: number;
  CpuQuota?: number;
  CpuRealtimePeriod?: number;
  CpuRealtimeRuntime?: number;
  CpusetCpus?: string;
  BlkioWeight?: number;
  PidsLimit?: number;
  OomKillDisable?: boolean;
  OomScoreAdj?: number;
  ShmSize?: number;
  Sysctls?: Record<string, string>;
  Ulimits?: { Name: string; Soft: number; Hard: number }[];
  StorageOpt?: Record<string, string>;
}

export interface MountBody {
  Type: 'bind' | 'volume' | 'tmpfs';
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  BindOptions?: { Propagation?: string };
  VolumeOptions?: { NoCopy?: boolean; Labels?: Record<string, string> };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

export interface DeviceRequestBody {
  Driver?: string;
  /** -1 means all. */
  Count?: number;
  DeviceIDs?: string[];
  Capabilities: string[][];
  Options?: Record<string, string>;
}

export interface EndpointBody {
  Aliases?: string[];
  Links?: string[];
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] };
  DriverOpts?: Record<string, string>;
  MacAddress?: string;
}

export interface NetworkCreateBody {
  Name: string;
  CheckDuplicate: boolean;
  Driver: string;
  Internal?: boolean;
  Attachable?: boolean;
  EnableIPv6?: boolean;
  Options?: Record<string, string>;
  IPAM?: {
    Driver?: string;
    Config?: { Subnet?: string; IPRange?: string; Gateway?: string }[];
    Options?: Record<string, string>;
  };
  Labels: Record<string, string>;
}

export interface VolumeCreateBody {
  Name: string;
  Driver: string;
  DriverOpts?: Record<string, string>;
  Labels: Record<string, string>;
}
