import { bilingual } from '../../../platform/i18n/bilingual';
import { isImageReference } from '../../../platform/docker/image-reference';
import type { EndpointSettings, HostConfig } from '../../../platform/docker/engine-types';
import type { AppContainerSpec } from '../engine/engine-context';
import { bindRules } from './bind-rules';
import { literal, ownNames, type Refused, type Rule, type ServiceScope } from './rule';

/** A rule for fields that act only inside the container. */
function inside<Value>(...keys: string[]): Rule<Value> {
  return {
    keys,
    code: 'policy',
    allowed: 'any value',
    why: 'acts on the container itself',
    refused: () => [],
  };
}

/** A rule for fields that only trusted catalogs may set. */
function never<Value>(code: string, what: [zh: string, en: string], key: string): Rule<Value> {
  return {
    keys: [key],
    code,
    allowed: 'not set',
    why: `would give the app ${what[1]}`,
    refused: () => [{ what: bilingual(...what) }],
  };
}

/** A rule for one text. */
function matching(
  pattern: RegExp,
  rule: Omit<Rule<string>, 'refused' | 'keys'> & { key: string },
): Rule<string> {
  return {
    ...rule,
    keys: [rule.key],
    refused: (value) => (pattern.test(value) ? [] : [{ what: literal(`${rule.key}: ${value}`) }]),
  };
}

/** A rule for a list of texts; each refused one is reported at its own line. */
function listMatching(
  pattern: RegExp,
  rule: Omit<Rule<readonly string[]>, 'refused' | 'keys'> & { key: string },
): Rule<readonly string[]> {
  return {
    ...rule,
    keys: [rule.key],
    *refused(values) {
      for (const [index, value] of values.entries()) {
        if (!pattern.test(value)) yield { what: literal(`${rule.key}: ${value}`), at: [index] };
      }
    },
  };
}

/** A rule for a number. */
function between(
  min: number,
  max: number,
  rule: { readonly keys: readonly string[]; readonly why: string },
): Rule<number> {
  return {
    ...rule,
    code: 'limit',
    allowed: `${min} to ${max}`,
    refused: (value) =>
      value >= min && value <= max ? [] : [{ what: literal(`${rule.keys[0]}: ${value}`) }],
  };
}

/** A rule for options by name. */
function options(
  allowed: Readonly<Record<string, RegExp>>,
  rule: Omit<Rule<Readonly<Record<string, string>>>, 'refused' | 'allowed'>,
): Rule<Readonly<Record<string, string>>> {
  return {
    ...rule,
    allowed: Object.keys(allowed).join(', ') || 'none',
    *refused(values) {
      for (const [name, value] of Object.entries(values)) {
        const pattern = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
        if (!pattern?.test(value)) yield { what: literal(`${name}=${value}`), at: [name] };
      }
    },
  };
}

/**
 * What the engine gives every container by default: a template that drops all and adds some of these back
 * gets less than the others. https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities
 */
const defaultCapabilities =
  /^(CAP_)?(AUDIT_WRITE|CHOWN|DAC_OVERRIDE|FOWNER|FSETID|KILL|MKNOD|NET_BIND_SERVICE|NET_RAW|SETFCAP|SETGID|SETPCAP|SETUID|SYS_CHROOT)$/i;

const hostName = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?$/;
const address = /^[0-9A-Fa-f:.]+$/;
/** Locally or globally administered, but not a group: the lowest bit of the first byte is 0. */
const unicastMac = /^[0-9A-Fa-f][02468ACEace]([:-][0-9A-Fa-f]{2}){5}$/;

/** A network, process or IPC name space: none, one of its own, or that of another service of the app. */
function nameSpace(key: string, own: RegExp): Rule<string> {
  return {
    keys: [key],
    code: 'host-namespace',
    allowed: `${own.source.replace(/[\^$()]/g, '').replaceAll('|', ', ') || 'its own'}, \`service:<name>\` of the same app`,
    why: 'another one shows the processes, the memory or the network of the machine or of another app',
    refused(value, scope) {
      const other = /^container:(.*)$/.exec(value)?.[1];
      const allowed =
        other === undefined
          ? own.test(value)
          : value !==
              scope.service[key === 'pid' ? 'pid' : key === 'ipc' ? 'ipc' : 'networkMode'] &&
            ownNames(scope).containers.has(other);
      return allowed ? [] : [{ what: literal(`${key}: ${value}`) }];
    },
  };
}

/** A name space that services cannot share. */
function ownNameSpace(key: string, own: RegExp): Rule<string> {
  return matching(own, {
    key,
    code: 'host-namespace',
    allowed: own.source.replace(/[\^$]/g, '') || 'not set',
    why: 'another one is that of the machine',
  });
}

const networkMode: Rule<string> = {
  ...nameSpace('network_mode', /^none$/),
  allowed: '`none`, `service:<name>` of the same app; `bridge` becomes the app’s own network',
  refused(value, scope) {
    if (ownNames(scope).networks.has(value)) return [];
    const refused = [...nameSpace('network_mode', /^none$/).refused(value, scope)];
    // A network of the template that is not its own is reported where it is declared.
    const foreign = scope.app.networks.find(({ name, external }) => external && name === value);
    return foreign ? [] : refused;
  },
};

/** Addresses, aliases and links in one network. */
export const endpointRule: Rule<{ readonly network: string; readonly endpoint: EndpointSettings }> =
  {
    keys: ['networks', 'links'],
    code: 'network-options',
    allowed:
      'own networks; `aliases`, `ipv4_address`, `ipv6_address`, `mac_address`, `priority`; `links` to services of the app',
    why: 'driver options and link-local addresses reach beyond the app’s own network',
    *refused({ network, endpoint }, scope) {
      const names = ownNames(scope);
      const declared = scope.app.networks.find(({ name }) => name === network);
      const at = [declared?.key ?? network];
      if (!names.networks.has(network) && !declared?.external) {
        yield { what: literal(network), code: 'external-network', at };
      }
      const { Aliases, Links, IPAMConfig, DriverOpts, MacAddress, ...others } = endpoint;
      for (const alias of Aliases ?? [])
        if (!hostName.test(alias)) yield { what: literal(alias), at };
      for (const link of Links ?? []) {
        const [target = '', alias = ''] = link.split(':');
        if (!names.containers.has(target) || !hostName.test(alias))
          yield { what: literal(link), at };
      }
      const { IPv4Address, IPv6Address, ...otherAddresses } = (IPAMConfig ?? {}) as Record<
        string,
        string
      >;
      for (const ip of [IPv4Address, IPv6Address]) {
        if (ip !== undefined && !address.test(ip)) yield { what: literal(ip), at };
      }
      if (MacAddress !== undefined && !unicastMac.test(MacAddress))
        yield { what: literal(MacAddress), at };
      for (const key of [
        ...Object.keys(DriverOpts ?? {}),
        ...Object.keys(otherAddresses),
        ...Object.keys(others),
      ])
        yield { what: literal(key), at };
    },
  };

const logSizes = {
  'max-size': /^\d+[kmg]?$/,
  'max-file': /^\d+$/,
  compress: /^(true|false)$/,
  mode: /^(blocking|non-blocking)$/,
  'max-buffer-size': /^\d+[kmg]?$/,
  tag: /^[^\r\n]*$/,
  labels: /^[\w.,-]*$/,
  env: /^[\w.,-]*$/,
};

const logOptions = options(logSizes, { keys: ['logging'], code: 'logging', why: '' });

const logConfig: Rule<{
  readonly Type: string;
  readonly Config: Readonly<Record<string, string>>;
}> = {
  keys: ['logging'],
  code: 'logging',
  allowed: `driver json-file, local or none; options ${Object.keys(logSizes).join(', ')}`,
  why: 'other drivers make the engine itself connect to addresses and write to the host’s log',
  *refused({ Type, Config }) {
    if (!/^(json-file|local|none)$/.test(Type)) yield { what: literal(Type), at: ['driver'] };
    for (const { what, at } of logOptions.refused(Config, undefined as never))
      yield { what, at: ['options', ...(at ?? [])] };
  },
};

const gpu: Rule<NonNullable<HostConfig['DeviceRequests']>> = {
  keys: ['gpus', 'deploy'],
  code: 'device',
  allowed: 'GPUs of the driver `nvidia`, by count, number or identifier, without options',
  why: 'other drivers (CDI) can hand over any device or path of the machine',
  *refused(requests) {
    for (const { Driver = '', Capabilities = [], DeviceIDs = [], Options = {} } of requests) {
      const known = /^(gpu|compute|utility|graphics|video|display|compat32|ngx|nvidia)$/;
      const capabilities = Capabilities.flat().filter((name) => !known.test(name));
      const ids = DeviceIDs.filter((id) => !/^(\d+|GPU-[0-9a-f-]+|MIG-[\w/-]+|all)$/.test(id));
      const driver = /^(nvidia)?$/.test(Driver) ? [] : [Driver];
      for (const text of [...driver, ...capabilities, ...ids, ...Object.keys(Options)])
        yield { what: literal(text) };
    }
  },
};

const tmpfsOptions =
  /^(rw|ro|exec|noexec|suid|nosuid|nodev|sync|async|noatime|(size|mode|uid|gid|nr_inodes)=\d+[kmgKMG%]?)$/;

const tmpfs: Rule<Readonly<Record<string, string>>> = {
  keys: ['tmpfs'],
  code: 'tmpfs-options',
  allowed:
    'rw, ro, exec, noexec, suid, nosuid, nodev, sync, async, noatime, size, mode, uid, gid, nr_inodes',
  why: 'mount options are passed to the kernel by root',
  *refused(mounts) {
    for (const [target, text] of Object.entries(mounts)) {
      const bad = text.split(',').filter((option) => option !== '' && !tmpfsOptions.test(option));
      for (const option of bad) yield { what: literal(`${target}: ${option}`) };
    }
  },
};

const image: Rule<string> = {
  keys: ['image'],
  code: 'foreign-image',
  allowed:
    'an image name; one that begins with the container prefix only where the app itself builds it',
  why: 'an image built on this machine may hold what another app put into it',
  refused(value, { app }) {
    const own = app.images.some(({ reference, build }) => build && reference === value);
    const foreign = value.startsWith(app.prefix) && !own;
    return isImageReference(value) && !foreign ? [] : [{ what: literal(value) }];
  },
};

const portBindings: Rule<
  Readonly<Record<string, readonly { HostIp: string; HostPort: string }[]>>
> = {
  keys: ['ports'],
  code: 'ports',
  allowed: 'leased ports on the configured addresses or on loopback',
  why: 'a port or address of the template’s choice could stand in for another service',
  *refused(bindings, { context }) {
    const addresses = [context.bindAddress, context.databaseBindAddress];
    for (const [port, hosts] of Object.entries(bindings)) {
      for (const { HostIp, HostPort } of hosts) {
        const known = addresses.includes(HostIp) || /^(127\.[\d.]+|::1)$/.test(HostIp);
        if (!known || !/^\d{1,5}$/.test(HostPort))
          yield { what: literal(`${port} ${HostIp}:${HostPort}`) };
      }
    }
  },
};

/** Under the container prefix stand the names of the other apps on the network that all share. */
const ownHostName: Rule<string> = {
  keys: ['hostname'],
  code: 'host-name',
  allowed:
    'a host name; one that begins with the container prefix only where it is the container’s own name',
  why: 'newer engines answer for it in every network of the container, also in the shared one',
  refused(value, { app, container }) {
    const foreign = value.startsWith(app.prefix) && value !== container;
    return hostName.test(value) && !foreign ? [] : [{ what: literal(`hostname: ${value}`) }];
  },
};

type HostConfigRules = { readonly [Key in keyof HostConfig]?: Rule<never> };
type ContainerRules = { readonly [Key in keyof AppContainerSpec]?: Rule<never> };

/** Every field of a container's specification that an app may set; any other is refused. */
export const containerRules: ContainerRules = {
  Image: image,
  Hostname: ownHostName,
  Domainname: matching(hostName, {
    key: 'domainname',
    code: 'host-name',
    allowed: 'a domain name',
    why: 'names the container',
  }),
  User: inside('user'),
  Env: inside('environment', 'env_file'),
  Cmd: inside('command'),
  Entrypoint: inside('entrypoint'),
  WorkingDir: inside('working_dir'),
  Labels: inside('labels', 'label_file'),
  ExposedPorts: inside('expose', 'ports'),
  Volumes: inside('volumes'),
  Tty: inside('tty'),
  OpenStdin: inside('stdin_open'),
  StopSignal: inside('stop_signal'),
  StopTimeout: between(0, 3600, {
    keys: ['stop_grace_period'],
    why: 'a stop waits this long (seconds)',
  }),
  MacAddress: matching(unicastMac, {
    key: 'mac_address',
    code: 'network-options',
    allowed: 'a unicast address',
    why: 'a group address reaches other containers',
  }),
  Healthcheck: inside('healthcheck'),
};

/** Every field of the host configuration that an app may set; any other is refused. */
export const hostConfigRules: HostConfigRules = {
  NetworkMode: networkMode,
  RestartPolicy: inside('restart'),
  PortBindings: portBindings,
  ...bindRules,
  Tmpfs: tmpfs,
  LogConfig: logConfig,
  SecurityOpt: listMatching(/^(no-new-privileges([:=]true)?|apparmor[:=]docker-default)$/, {
    key: 'security_opt',
    code: 'security-opt',
    allowed: '`no-new-privileges`, `no-new-privileges:true`, `apparmor:docker-default`',
    why: 'anything else lifts a confinement; an SELinux label can name an unconfined type or another app’s',
  }),
  Privileged: never('privileged', ['特权容器', 'a privileged container'], 'privileged'),
  ReadonlyRootfs: inside('read_only'),
  Init: inside('init'),
  CapAdd: {
    ...listMatching(defaultCapabilities, {
      key: 'cap_add',
      code: 'cap-add',
      allowed: 'capabilities that the engine gives every container',
      why: 'others reach beyond the container',
    }),
    refused(values: readonly string[]) {
      const names = values.filter((name) => !defaultCapabilities.test(name)).join(', ');
      return names === ''
        ? []
        : [{ what: bilingual(`附加权限 ${names}`, `extra capabilities (${names})`) }];
    },
  },
  CapDrop: inside('cap_drop'),
  Devices: never('device', ['宿主机设备', 'a device of the host'], 'devices'),
  DeviceCgroupRules: never('device', ['宿主机设备', 'a device of the host'], 'device_cgroup_rules'),
  DeviceRequests: gpu,
  Dns: listMatching(address, {
    key: 'dns',
    code: 'network-options',
    allowed: 'addresses',
    why: 'the engine asks them on behalf of the container',
  }),
  DnsOptions: inside('dns_opt'),
  DnsSearch: inside('dns_search'),
  ExtraHosts: inside('extra_hosts'),
  GroupAdd: inside('group_add'),
  PidMode: nameSpace('pid', /^$/),
  IpcMode: nameSpace('ipc', /^(private|shareable|none)$/),
  UTSMode: ownNameSpace('uts', /^$/),
  UsernsMode: ownNameSpace('userns_mode', /^$/),
  CgroupnsMode: ownNameSpace('cgroup', /^private$/),
  CgroupParent: never('cgroup-parent', ['自定义 cgroup', 'another cgroup'], 'cgroup_parent'),
  Runtime: matching(/^runc$/, {
    key: 'runtime',
    code: 'runtime',
    allowed: '`runc`',
    why: 'another runtime may confine less',
  }),
  Memory: inside('mem_limit', 'deploy'),
  MemoryReservation: inside('mem_reservation'),
  MemorySwap: inside('memswap_limit'),
  MemorySwappiness: inside('mem_swappiness'),
  NanoCpus: inside('cpus'),
  CpuShares: inside('cpu_shares'),
  CpuPeriod: inside('cpu_period'),
  CpuQuota: inside('cpu_quota'),
  CpusetCpus: inside('cpuset'),
  BlkioWeight: inside('blkio_config'),
  PidsLimit: between(1, 65_536, {
    keys: ['pids_limit'],
    why: 'without a limit one app takes all processes of the machine',
  }),
  OomKillDisable: {
    keys: ['oom_kill_disable'],
    code: 'limit',
    allowed: '`false`',
    why: 'the machine would end other processes instead',
    refused: (value: boolean) => (value ? [{ what: literal('oom_kill_disable: true') }] : []),
  },
  OomScoreAdj: between(0, 1000, {
    keys: ['oom_score_adj'],
    why: 'the machine would end other processes first',
  }),
  ShmSize: inside('shm_size'),
  Sysctls: {
    keys: ['sysctls'],
    code: 'sysctl',
    allowed: 'net.*, fs.mqueue.*, kernel.msg*, kernel.shm*, kernel.sem',
    why: 'these belong to the container’s own name spaces; others are the machine’s',
    *refused(values: Readonly<Record<string, string>>) {
      const own = /^(net\.[\w./-]+|fs\.mqueue\.\w+|kernel\.(msg\w+|shm\w+|sem))$/;
      for (const name of Object.keys(values))
        if (!own.test(name)) yield { what: literal(name), at: [name] };
    },
  },
  Ulimits: {
    keys: ['ulimits'],
    code: 'limit',
    allowed:
      'as, core, cpu, data, fsize, locks, memlock, msgqueue, nofile, nproc, rss, sigpending, stack',
    why: 'real-time priority would take the processor from everything else',
    *refused(limits: readonly { readonly Name: string }[]) {
      const own =
        /^(as|core|cpu|data|fsize|locks|memlock|msgqueue|nofile|nproc|rss|sigpending|stack)$/;
      for (const { Name } of limits) if (!own.test(Name)) yield { what: literal(Name), at: [Name] };
    },
  },
  StorageOpt: options(
    { size: /^\d+[kmgtKMGT]?$/ },
    { keys: ['storage_opt'], code: 'limit', why: 'other options belong to the storage driver' },
  ),
};

export type { Refused, ServiceScope };
