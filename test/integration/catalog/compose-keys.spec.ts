import { randomBytes } from 'node:crypto';
import { createsOnEngine } from '../../support/catalog/created-template';
import { buildStandIn, removeStandIn } from '../../support/stand-in-image';

const unique = randomBytes(4).toString('hex');
const image = `keys-${unique}:1`;

beforeAll(() =>
  buildStandIn(image, { user: 'nobody', env: { FROM_IMAGE: '1' }, health: 'healthy' }),
);
afterAll(() => removeStandIn(image));

const created = createsOnEngine(image);

/** One service `a` with these lines. */
const service = (lines: string): string =>
  `services:\n  a:\n    image: IMAGE\n    ${lines.replaceAll('\n', '\n    ')}\n`;

/** Lines of the service → a part of inspect. */
const cases: readonly (readonly [string, object])[] = [
  ['command: echo "a b" c', { Config: { Cmd: ['echo', 'a b', 'c'] } }],
  ['command: ["sh", "-c", "echo $$HOME"]', { Config: { Cmd: ['sh', '-c', 'echo $HOME'] } }],
  ['entrypoint: /bin/sh -c', { Config: { Entrypoint: ['/bin/sh', '-c'] } }],
  ['entrypoint: []\ncommand: [sh]', { Config: { Entrypoint: null, Cmd: ['sh'] } }],
  ['working_dir: /tmp', { Config: { WorkingDir: '/tmp' } }],
  ['user: "12:34"', { Config: { User: '12:34' } }],
  ['hostname: h\ndomainname: d.test', { Config: { Hostname: 'h', Domainname: 'd.test' } }],
  ['tty: true\nstdin_open: true', { Config: { Tty: true, OpenStdin: true } }],
  [
    'stop_signal: SIGINT\nstop_grace_period: 1m30s',
    { Config: { StopSignal: 'SIGINT', StopTimeout: 90 } },
  ],
  ['labels: { one: "1", two: }', { Config: { Labels: { one: '1', two: '' } } }],
  ['labels: [one=1, two]', { Config: { Labels: { one: '1', two: '' } } }],
  [
    'expose: ["80", "53/udp", "90-91"]',
    { Config: { ExposedPorts: { '80/tcp': {}, '53/udp': {}, '90/tcp': {}, '91/tcp': {} } } },
  ],
  [
    'healthcheck: { test: "true || false", interval: 1m30s, timeout: 5s, retries: 4, start_period: 10s }',
    {
      Config: {
        Healthcheck: {
          Test: ['CMD-SHELL', 'true || false'],
          Interval: 90e9,
          Timeout: 5e9,
          Retries: 4,
          StartPeriod: 10e9,
        },
      },
    },
  ],
  [
    'healthcheck: { test: [CMD, "true"] }',
    { Config: { Healthcheck: { Test: ['CMD', 'true'], Interval: 1e9 } } },
  ],
  ['healthcheck: { disable: true }', { Config: { Healthcheck: { Test: ['NONE'] } } }],
  ['healthcheck: { test: [NONE] }', { Config: { Healthcheck: { Test: ['NONE'] } } }],
  ['restart: "no"', { HostConfig: { RestartPolicy: { Name: 'no' } } }],
  ['restart: none', { HostConfig: { RestartPolicy: { Name: 'no' } } }],
  ['restart: unless-stopped', { HostConfig: { RestartPolicy: { Name: 'unless-stopped' } } }],
  ['restart: always', { HostConfig: { RestartPolicy: { Name: 'unless-stopped' } } }],
  [
    'restart: on-failure:5',
    { HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 5 } } },
  ],
  [
    'deploy: { restart_policy: { condition: on-failure, max_attempts: 3 } }',
    { HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } } },
  ],
  [
    'ports: ["8080:80", "127.0.0.1:53:53/udp"]',
    {
      HostConfig: {
        PortBindings: {
          '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '31000' }],
          '53/udp': [{ HostIp: '127.0.0.1', HostPort: '31001' }],
        },
      },
      Config: { ExposedPorts: { '80/tcp': {}, '53/udp': {} } },
    },
  ],
  [
    'ports: ["3000-3001:3000-3001"]',
    {
      HostConfig: {
        PortBindings: { '3000/tcp': [{ HostPort: '31000' }], '3001/tcp': [{ HostPort: '31001' }] },
      },
    },
  ],
  ['ports: [80]', { HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '31000' }] } } }],
  [
    'ports: [{ target: 80, published: "8080", protocol: udp, mode: host }]',
    {
      HostConfig: { PortBindings: { '80/udp': [{ HostPort: '31000' }] } },
    },
  ],
  [
    'mem_limit: 64m\nmem_reservation: 32m\nmemswap_limit: 128m\nmem_swappiness: 10',
    {
      HostConfig: {
        Memory: 64 * 2 ** 20,
        MemoryReservation: 32 * 2 ** 20,
        MemorySwap: 128 * 2 ** 20,
        MemorySwappiness: 10,
      },
    },
  ],
  ['mem_limit: 64m\nmemswap_limit: -1', { HostConfig: { Memory: 64 * 2 ** 20, MemorySwap: -1 } }],
  [
    'cpus: 0.5\ncpu_shares: 512\ncpuset: "0"',
    { HostConfig: { NanoCpus: 5e8, CpuShares: 512, CpusetCpus: '0' } },
  ],
  ['cpu_quota: 50000\ncpu_period: 100ms', { HostConfig: { CpuQuota: 50_000, CpuPeriod: 100_000 } }],
  [
    'deploy: { resources: { limits: { memory: 64m, cpus: "0.25", pids: 77 }, reservations: { memory: 32m } } }',
    {
      HostConfig: {
        Memory: 64 * 2 ** 20,
        NanoCpus: 2.5e8,
        PidsLimit: 77,
        MemoryReservation: 32 * 2 ** 20,
      },
    },
  ],
  ['pids_limit: 55', { HostConfig: { PidsLimit: 55 } }],
  ['shm_size: 2g', { HostConfig: { ShmSize: 2 * 2 ** 30 } }],
  ['oom_score_adj: 100\noom_kill_disable: false', { HostConfig: { OomScoreAdj: 100 } }],
  [
    'ulimits: { nofile: { soft: 10, hard: 20 }, nproc: 30 }',
    {
      HostConfig: {
        Ulimits: [
          { Name: 'nofile', Soft: 10, Hard: 20 },
          { Name: 'nproc', Soft: 30, Hard: 30 },
        ],
      },
    },
  ],
  [
    'sysctls: { net.core.somaxconn: 1024 }',
    { HostConfig: { Sysctls: { 'net.core.somaxconn': '1024' } } },
  ],
  [
    'sysctls: [net.core.somaxconn=512]',
    { HostConfig: { Sysctls: { 'net.core.somaxconn': '512' } } },
  ],
  ['read_only: true\ninit: true', { HostConfig: { ReadonlyRootfs: true, Init: true } }],
  ['cap_drop: [ALL]', { HostConfig: { CapDrop: ['ALL'] } }],
  [
    'cap_drop: [ALL]\ncap_add: [CHOWN, SETUID]',
    { HostConfig: { CapDrop: ['ALL'], CapAdd: ['CHOWN', 'SETUID'] } },
  ],
  [
    'security_opt: ["no-new-privileges:true"]',
    { HostConfig: { SecurityOpt: ['no-new-privileges:true'] } },
  ],
  [
    'image: IMAGE',
    {
      HostConfig: {
        SecurityOpt: ['no-new-privileges:true'],
        PidsLimit: 4096,
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
        Privileged: false,
      },
    },
  ],
  [
    'logging: { driver: json-file, options: { max-size: 1m, max-file: "7" } }',
    {
      HostConfig: {
        LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '7' } },
      },
    },
  ],
  ['logging: { driver: none }', { HostConfig: { LogConfig: { Type: 'none', Config: {} } } }],
  [
    'dns: [1.1.1.1, 9.9.9.9]\ndns_search: lan\ndns_opt: [ndots:1]',
    {
      HostConfig: { Dns: ['1.1.1.1', '9.9.9.9'], DnsSearch: ['lan'], DnsOptions: ['ndots:1'] },
    },
  ],
  [
    'extra_hosts: ["db:10.0.0.1", "host.docker.internal:host-gateway"]',
    {
      HostConfig: { ExtraHosts: ['db:10.0.0.1', 'host.docker.internal:host-gateway'] },
    },
  ],
  ['extra_hosts: { db: 10.0.0.1 }', { HostConfig: { ExtraHosts: ['db:10.0.0.1'] } }],
  ['group_add: ["1000", audio]', { HostConfig: { GroupAdd: ['1000', 'audio'] } }],
  ['ipc: private', { HostConfig: { IpcMode: 'private' } }],
  [
    'tmpfs: ["/run", "/cache:size=64m,mode=1777"]',
    {
      HostConfig: { Tmpfs: { '/run': '', '/cache': 'size=64m,mode=1777' } },
    },
  ],
  [
    'volumes: [{ type: tmpfs, target: /t, tmpfs: { size: 1m, mode: 01777 } }]',
    {
      HostConfig: {
        Mounts: [
          { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 2 ** 20, Mode: 0o1777 } },
        ],
      },
    },
  ],
  ['volumes: ["/data"]', { Config: { Volumes: { '/data': {} } } }],
  ['network_mode: none', { HostConfig: { NetworkMode: 'none' } }],
  ['mac_address: 02:42:ac:11:00:99', { Config: { MacAddress: '02:42:ac:11:00:99' } }],
  ['platform: linux/amd64', { Config: { Image: image } }],
  ['pull_policy: if_not_present', { Config: { Image: image } }],
];

/** Understood and refused by policy: carried out for catalogs that are trusted. */
const trustedCases: readonly (readonly [string, object])[] = [
  ['network_mode: bridge', { HostConfig: { NetworkMode: 'bridge' } }],
  ['privileged: true', { HostConfig: { Privileged: true } }],
  ['cap_add: [NET_ADMIN, IPC_LOCK]', { HostConfig: { CapAdd: ['NET_ADMIN', 'IPC_LOCK'] } }],
  [
    'devices: ["/dev/null:/dev/zilch:r"]',
    {
      HostConfig: {
        Devices: [
          { PathOnHost: '/dev/null', PathInContainer: '/dev/zilch', CgroupPermissions: 'r' },
        ],
      },
    },
  ],
  ['device_cgroup_rules: ["c 1:3 mr"]', { HostConfig: { DeviceCgroupRules: ['c 1:3 mr'] } }],
  ['network_mode: host', { HostConfig: { NetworkMode: 'host' } }],
  ['pid: host', { HostConfig: { PidMode: 'host' } }],
  ['ipc: host', { HostConfig: { IpcMode: 'host' } }],
  ['uts: host', { HostConfig: { UTSMode: 'host' } }],
  ['userns_mode: host', { HostConfig: { UsernsMode: 'host' } }],
  ['cgroup: host', { HostConfig: { CgroupnsMode: 'host' } }],
  [
    'security_opt: ["seccomp=unconfined"]',
    {
      HostConfig: { SecurityOpt: ['seccomp=unconfined', 'no-new-privileges:true'] },
    },
  ],
  ['volumes: ["/etc/hostname:/h:ro"]', { HostConfig: { Binds: ['/etc/hostname:/h:ro'] } }],
  [
    'gpus: all',
    {
      HostConfig: { DeviceRequests: [{ Count: -1, Capabilities: [['gpu']] }] },
    },
  ],
  [
    'deploy: { resources: { reservations: { devices: [{ driver: nvidia, count: 1, capabilities: [gpu] }] } } }',
    { HostConfig: { DeviceRequests: [{ Driver: 'nvidia', Count: 1, Capabilities: [['gpu']] }] } },
  ],
];

describe('what the engine reports of each key', () => {
  it.each(cases)('%j', async (lines, expected) => {
    const text = lines.startsWith('image:') ? service('').trimEnd() : service(lines);
    await created(text, ({ a }) => {
      expect(a).toMatchObject(expected);
    });
  });

  it.each(trustedCases)('%j of a trusted catalog', async (lines, expected) => {
    await created(service(lines), ({ a }) => expect(a).toMatchObject(expected), { trusted: true });
  });

  it('environment over env_file over the image', async () => {
    const compose = service(
      'env_file: [.env, { path: more.env, required: false }, { path: none.env, required: false }]\n' +
        'environment:\n  B: from compose\n  NUMBER: 3\n  YES: true\n  PASSED:\n  ABSENT:',
    );
    const files = { '.env': "A='$x'\nB=b\nPASSED=p\n", 'more.env': 'C="$A-$B"\n' };
    await created(
      compose,
      ({ a }) => {
        expect(a.Config.Env).toEqual([
          'A=$x',
          'B=from compose',
          'PASSED=p',
          'C=$x-b',
          'NUMBER=3',
          'YES=true',
          expect.stringMatching(/^PATH=/),
          'FROM_IMAGE=1',
        ]);
      },
      { files },
    );
  });

  it('volumes by name, binds from the app’s own folder, their options', async () => {
    const compose = `${service(
      'volumes:\n  - data:/data\n  - ./conf:/conf:ro\n  - { type: volume, source: data, target: /copy, volume: { nocopy: true } }\n  - { type: bind, source: ./conf/x, target: /x, read_only: true }',
    )}volumes: { data: { labels: { mine: "1" } } }\n`;
    await created(
      compose,
      ({ a, dir, prefix }) => {
        expect(a.HostConfig.Binds).toEqual([
          `${prefix}app_data:/data:rw`,
          `${dir}/conf:/conf:ro`,
          `${prefix}app_data:/copy:rw,nocopy`,
          `${dir}/conf/x:/x:ro`,
        ]);
        expect(a.Mounts).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ Type: 'volume', Name: `${prefix}app_data`, RW: true }),
            expect.objectContaining({ Type: 'bind', Source: `${dir}/conf`, RW: false }),
          ]),
        );
      },
      { files: { 'conf/x': 'x' } },
    );
  });

  it('networks: aliases, fixed address, several at once, internal', async () => {
    const compose = `${service(
      'container_name: app-one\nnetworks:\n  front: { aliases: [web], ipv4_address: 10.211.7.9 }\n  back:',
    )}networks:
  front: { ipam: { config: [{ subnet: 10.211.7.0/24, gateway: 10.211.7.1 }] } }
  back: { internal: true, labels: { mine: "1" } }
`;
    await created(compose, ({ a, prefix }) => {
      const networks = a.NetworkSettings.Networks;
      expect(Object.keys(networks).sort()).toEqual([`${prefix}app_back`, `${prefix}app_front`]);
      expect(networks[`${prefix}app_front`]).toMatchObject({
        Aliases: expect.arrayContaining(['a', 'app-one', 'web']),
        IPAMConfig: { IPv4Address: '10.211.7.9' },
      });
      expect(networks[`${prefix}app_back`]?.Aliases).toEqual(expect.arrayContaining(['a']));
    });
  });

  it('the shared network carries only the main container’s name', async () => {
    const compose = `${service('container_name: $W9_ID')}  b: { image: IMAGE, container_name: $W9_ID-db }
networks: { default: { name: $W9_NETWORK, external: true } }
`;
    await created(compose, ({ a, all, prefix }) => {
      expect(a.Name).toBe(`/${prefix}app`);
      const shared = a.NetworkSettings.Networks[`${prefix}shared`];
      expect(shared).toBeDefined();
      expect((shared?.Aliases ?? []).filter((alias: string) => !a.Id.startsWith(alias))).toEqual(
        [],
      );
      const b = all.get('b');
      expect(b?.Name).toBe(`/${prefix}app-db`);
      expect(Object.keys(b?.NetworkSettings.Networks ?? {})).toEqual([`${prefix}app_default`]);
      expect(b?.NetworkSettings.Networks[`${prefix}app_default`]?.Aliases).toEqual(
        expect.arrayContaining(['b', 'app-db']),
      );
    });
  });

  it('links, volumes_from and network_mode of another service', async () => {
    const compose = `services:
  b: { image: IMAGE, volumes: ["/shared"] }
  a: { image: IMAGE, links: ["b:database"], volumes_from: ["b:ro"] }
  c: { image: IMAGE, network_mode: "service:b", pid: "service:b" }
`;
    await created(
      compose,
      ({ a, all, prefix }) => {
        const b = all.get('b');
        expect(a.HostConfig.VolumesFrom).toEqual([`${b?.Name.slice(1)}:ro`]);
        expect(a.NetworkSettings.Networks[`${prefix}app_default`]).toMatchObject({
          Links: [`${b?.Name.slice(1)}:database`],
        });
        expect(all.get('c')?.HostConfig.NetworkMode).toContain('container:');
      },
      { start: true },
    );
  });

  it('configs and secrets, from files and written out', async () => {
    const compose = `${service(
      'configs: [plain, { source: inline, target: /etc/app.conf, mode: 0440 }]\nsecrets: [key, { source: file, target: /run/f }]',
    )}configs:
  plain: { file: ./plain.conf }
  inline: { content: "port=\${PORT:-80}" }
secrets:
  key: { environment: KEY }
  file: { file: ./s.txt }
`;
    await created(
      compose,
      ({ a, dir }) => {
        expect(a.HostConfig.Binds).toEqual([
          `${dir}/plain.conf:/plain:ro`,
          `${dir}/.stackscape/configs/inline:/etc/app.conf:ro`,
          `${dir}/.stackscape/secrets/key:/run/secrets/key:ro`,
          `${dir}/s.txt:/run/f:ro`,
        ]);
      },
      { files: { 'plain.conf': 'p', 's.txt': 's', '.env': 'KEY=k\n' } },
    );
  });

  it('replicas', async () => {
    await created(service('deploy: { replicas: 2 }'), ({ a, prefix }) => {
      // The last of them is what the report holds for the service.
      expect(a.Name).toBe(`/${prefix}app-2`);
      expect(a.Config.Labels).toMatchObject({ 'com.docker.compose.container-number': '2' });
    });
  });

  it('merge keys and anchors', async () => {
    const compose = `x-base: &base
  image: IMAGE
  labels: { shared: "1" }
services:
  a:
    <<: *base
    command: [sh]
`;
    await created(compose, ({ a }) => {
      expect(a.Config).toMatchObject({ Cmd: ['sh'], Labels: { shared: '1' } });
    });
  });
});
