import {
  NO_DEPLOY_SETTINGS,
  type ContainerSpec,
  type HostConfig,
  type ServiceFile,
} from '../engine-types';
import { hasLocalData, toOverlay, toServiceSpec, unsupportedInSwarm } from './service-spec';

const spec = (more: ContainerSpec = {}, HostConfig: HostConfig = {}): ContainerSpec => ({
  Image: 'shop:1',
  NetworkingConfig: { EndpointsConfig: { 'shop-default': { Aliases: ['web'] } } },
  ...more,
  HostConfig,
});
const build = (given: ContainerSpec, traits: Partial<Parameters<typeof toServiceSpec>[2]> = {}) =>
  toServiceSpec('shop', given, {
    networks: [],
    replicas: 1,
    files: [],
    image: 'shop@sha256:1',
    node: null,
    platform: null,
    deploy: NO_DEPLOY_SETTINGS,
    ...traits,
  });
const template = (more?: ContainerSpec, host?: HostConfig) => build(spec(more, host)).TaskTemplate;

describe(toServiceSpec.name, () => {
  it('begins without a replica, and keeps how many there will be', () => {
    const { Mode, Labels } = build(spec(), { replicas: 3 });
    expect(Mode).toEqual({ Replicated: { Replicas: 0 } });
    expect(Labels['io.stackscape.replicas']).toBe('3');
  });

  it('takes the image, the node and the platform that it is given', () => {
    const { TaskTemplate } = build(spec(), { node: 'abc', platform: 'linux/arm64' });
    expect(TaskTemplate.ContainerSpec.Image).toBe('shop@sha256:1');
    expect(TaskTemplate.Placement).toEqual({
      Constraints: ['node.id==abc'],
      Platforms: [{ OS: 'linux', Architecture: 'aarch64' }],
    });
    expect(build(spec()).TaskTemplate.Placement).toEqual({});
  });

  it.each<[string, ContainerSpec, HostConfig, string, unknown]>([
    ['command', { Cmd: ['run'] }, {}, 'Args', ['run']],
    ['entrypoint', { Entrypoint: ['/go'] }, {}, 'Command', ['/go']],
    ['environment', { Env: ['A=1'] }, {}, 'Env', ['A=1']],
    ['working_dir', { WorkingDir: '/srv' }, {}, 'Dir', '/srv'],
    ['user', { User: '1000:1000' }, {}, 'User', '1000:1000'],
    ['group_add', {}, { GroupAdd: ['audio'] }, 'Groups', ['audio']],
    ['hostname', { Hostname: 'shop' }, {}, 'Hostname', 'shop'],
    ['tty', { Tty: true }, {}, 'TTY', true],
    ['stdin_open', { OpenStdin: true }, {}, 'OpenStdin', true],
    ['stop_signal', { StopSignal: 'SIGINT' }, {}, 'StopSignal', 'SIGINT'],
    ['stop_grace_period', { StopTimeout: 3 }, {}, 'StopGracePeriod', 3_000_000_000],
    ['healthcheck', { Healthcheck: { Test: ['NONE'] } }, {}, 'Healthcheck', { Test: ['NONE'] }],
    ['init', {}, { Init: true }, 'Init', true],
    ['read_only', {}, { ReadonlyRootfs: true }, 'ReadOnly', true],
    ['cap_add', {}, { CapAdd: ['NET_RAW'] }, 'CapabilityAdd', ['NET_RAW']],
    ['cap_drop', {}, { CapDrop: ['ALL'] }, 'CapabilityDrop', ['ALL']],
    ['sysctls', {}, { Sysctls: { 'net.x': '1' } }, 'Sysctls', { 'net.x': '1' }],
    ['extra_hosts', {}, { ExtraHosts: ['db:192.0.2.1'] }, 'Hosts', ['192.0.2.1 db']],
    [
      'dns',
      {},
      { Dns: ['192.0.2.53'], DnsSearch: ['lan'], DnsOptions: ['ndots:1'] },
      'DNSConfig',
      { Nameservers: ['192.0.2.53'], Search: ['lan'], Options: ['ndots:1'] },
    ],
    [
      'ulimits',
      {},
      { Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }] },
      'Ulimits',
      [{ Name: 'nofile', Soft: 1, Hard: 2 }],
    ],
    [
      'security_opt: no-new-privileges',
      {},
      { SecurityOpt: ['no-new-privileges:true'] },
      'Privileges',
      { NoNewPrivileges: true },
    ],
  ])('carries %s over', (_key, container, host, field, value) => {
    expect(unsupportedInSwarm(spec(container, host))).toEqual([]);
    expect(template(container, host).ContainerSpec[field]).toEqual(value);
  });

  it.each<[string, HostConfig, object]>([
    ['a named volume', { Binds: ['data:/data:rw'] }, { Type: 'volume', Source: 'data', Target: '/data', ReadOnly: false }], // prettier-ignore
    ['a volume without a copy', { Binds: ['data:/data:rw,nocopy'] }, { VolumeOptions: { NoCopy: true } }], // prettier-ignore
    ['a folder, read-only', { Binds: ['/srv/a:/a:ro'] }, { Type: 'bind', Source: '/srv/a', Target: '/a', ReadOnly: true }], // prettier-ignore
    ['a folder with propagation', { Binds: ['/srv/a:/a:rw,rslave'] }, { BindOptions: { Propagation: 'rslave' } }], // prettier-ignore
    ['a tmpfs', { Tmpfs: { '/run': '' } }, { Type: 'tmpfs', Target: '/run' }],
    ['shm_size', { ShmSize: 64 }, { Type: 'tmpfs', Target: '/dev/shm', TmpfsOptions: { SizeBytes: 64 } }], // prettier-ignore
  ])('mounts %s', (_what, host, mount) => {
    expect(template({}, host).ContainerSpec.Mounts).toEqual([expect.objectContaining(mount)]);
    expect(hasLocalData(spec({}, host))).toBe(Boolean(host.Binds));
  });

  it('takes files from the Swarm in the place of their binds, which no longer hold it at a node', () => {
    const file = (kind: 'config' | 'secret', bind: string, target: string): ServiceFile => ({
      kind,
      bind,
      target,
      id: `id-${kind}`,
      name: `shop_${kind}-0`,
      uid: '7',
      gid: '8',
      mode: 0o400,
    });
    const files = [
      file('config', '/srv/c:/c:ro', '/c'),
      file('secret', '/srv/s:/run/secrets/s:ro', '/run/secrets/s'),
    ];
    const given = spec({}, { Binds: ['/srv/c:/c:ro', '/srv/s:/run/secrets/s:ro'] });
    expect(build(given, { files }).TaskTemplate.ContainerSpec).toMatchObject({
      Mounts: [],
      Configs: [
        { ConfigID: 'id-config', ConfigName: 'shop_config-0', File: { Name: '/c', UID: '7', GID: '8', Mode: 0o400 } }, // prettier-ignore
      ],
      Secrets: [
        { SecretID: 'id-secret', SecretName: 'shop_secret-0', File: { Name: '/run/secrets/s' } },
      ],
    });
    expect(hasLocalData(given, files)).toBe(false);
    expect(hasLocalData(given, files.slice(1))).toBe(true);
  });

  it('publishes ports on the node, and none that is meant for one address', () => {
    const bind = (HostIp: string, HostPort: string) => [{ HostIp, HostPort }];
    const PortBindings = {
      '80/tcp': bind('0.0.0.0', '9001'),
      '53/udp': bind('', '9002'),
      '3306/tcp': bind('127.0.0.1', '3307'),
    };
    expect(build(spec({}, { PortBindings })).EndpointSpec).toEqual({
      Mode: 'dnsrr',
      Ports: [
        { Protocol: 'tcp', TargetPort: 80, PublishedPort: 9001, PublishMode: 'host' },
        { Protocol: 'udp', TargetPort: 53, PublishedPort: 9002, PublishMode: 'host' },
      ],
    });
  });

  it.each([
    ['unless-stopped', 0, { Condition: 'any' }],
    ['always', 0, { Condition: 'any' }],
    ['on-failure', 4, { Condition: 'on-failure', MaxAttempts: 4 }],
    ['no', 0, { Condition: 'none' }],
  ] as const)('restarts as %s says', (Name, MaximumRetryCount, condition) => {
    expect(template({}, { RestartPolicy: { Name, MaximumRetryCount } }).RestartPolicy).toEqual(condition); // prettier-ignore
  });

  it('takes from deploy what a service has beyond a container', () => {
    const deploy = {
      ...NO_DEPLOY_SETTINGS,
      endpointMode: 'vip',
      labels: { tier: 'front', 'io.stackscape.replicas': '9' },
      reservedCpus: 0.5,
      restartDelay: 2e9,
      restartWindow: 3e9,
    };
    const always = { RestartPolicy: { Name: 'always' } };
    const service = build(spec({ Labels: { own: '1' } }, always), { deploy });
    expect(service.EndpointSpec?.Mode).toBe('vip');
    expect(service.Labels).toEqual({ own: '1', tier: 'front', 'io.stackscape.replicas': '1' });
    expect(service.TaskTemplate.ContainerSpec['Labels']).not.toHaveProperty('tier');
    expect(service.TaskTemplate['Resources']).toMatchObject({ Reservations: { NanoCPUs: 5e8 } });
    expect(service.TaskTemplate.RestartPolicy).toEqual({
      Condition: 'any',
      Delay: 2e9,
      Window: 3e9,
    });
  });

  it('keeps update settings for updates by hand', () => {
    const settings = {
      parallelism: 2,
      delay: null,
      failureAction: 'rollback',
      monitor: null,
      maxFailureRatio: null,
      order: null,
    };
    const deploy = { ...NO_DEPLOY_SETTINGS, update: settings, rollback: settings };
    const { UpdateConfig, RollbackConfig } = build(spec(), { deploy });
    expect(UpdateConfig).toEqual({ Parallelism: 2, FailureAction: 'rollback' });
    expect(RollbackConfig).toEqual({ Parallelism: 2, FailureAction: 'rollback' });
    expect(build(spec())).not.toHaveProperty('RollbackConfig');
  });

  it('limits and reserves, joins all networks and logs as the container would', () => {
    const host: HostConfig = {
      NanoCpus: 5e8,
      Memory: 1024,
      MemoryReservation: 512,
      PidsLimit: 100,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m' } },
    };
    const back = { network: 'shop-back', endpoint: { Aliases: ['web', 'api'] } };
    const { TaskTemplate } = build(spec({}, host), { networks: [back] });
    expect(TaskTemplate['Resources']).toEqual({
      Limits: { NanoCPUs: 5e8, MemoryBytes: 1024, Pids: 100 },
      Reservations: { MemoryBytes: 512 },
    });
    expect(TaskTemplate.Networks).toEqual([
      expect.objectContaining({ Target: 'shop-default', Aliases: ['web'] }),
      expect.objectContaining({ Target: 'shop-back', Aliases: ['web', 'api'] }),
    ]);
    expect(TaskTemplate['LogDriver']).toEqual({
      Name: 'json-file',
      Options: { 'max-size': '10m' },
    });
  });
});

describe(unsupportedInSwarm.name, () => {
  it.each<[string, ContainerSpec, HostConfig]>([
    ['domainname', { Domainname: 'lan' }, {}],
    ['mac_address', { MacAddress: '02:42:00:00:00:01' }, {}],
    ['privileged', {}, { Privileged: true }],
    ['devices', {}, { Devices: [{ PathOnHost: '/dev/kvm' }] }],
    ['gpus', {}, { DeviceRequests: [{}] }],
    ['volumes_from', {}, { VolumesFrom: ['other'] }],
    ['pid', {}, { PidMode: 'host' }],
    ['ipc', {}, { IpcMode: 'host' }],
    ['cpu_shares', {}, { CpuShares: 2 }],
    ['memswap_limit', {}, { MemorySwap: 1 }],
    ['storage_opt', {}, { StorageOpt: { size: '1G' } }],
    ['security_opt', {}, { SecurityOpt: ['seccomp=unconfined'] }],
    ['tmpfs options', {}, { Tmpfs: { '/run': 'size=1m' } }],
    ['volumes.selinux', {}, { Binds: ['/srv/a:/a:rw,Z'] }],
    ['network_mode', { NetworkingConfig: {} }, { NetworkMode: 'host' }],
  ])('names %s', (key, container, host) => {
    expect(unsupportedInSwarm(spec(container, host))).toEqual([key]);
  });

  it('names what an endpoint of a service cannot have', () => {
    const endpoint = { Links: ['a:b'], IPAMConfig: { IPv4Address: '10.1.0.2' }, MacAddress: '02:42:00:00:00:01' }; // prettier-ignore
    expect(unsupportedInSwarm(spec(), [{ network: 'back', endpoint }])).toEqual([
      'links',
      'networks.ipv4_address',
      'networks.mac_address',
    ]);
  });

  it('carries over or names every setting of a container that it is given', () => {
    const made = { ...spec({}, { PidMode: 'host' }), Invented: 1 } as ContainerSpec;
    expect(unsupportedInSwarm(made)).toEqual(['invented', 'pid']);
  });
});

describe(toOverlay.name, () => {
  it('makes a network of one engine one of all nodes', () => {
    const network = { Name: 'shop', Driver: 'bridge', Internal: true, Labels: { a: 'b' } };
    expect(toOverlay(network)).toEqual({ ...network, Driver: 'overlay' });
    const Options = { encrypted: '' };
    expect(toOverlay(network, true)).toEqual({ ...network, Driver: 'overlay', Options });
  });
});
