import fc from 'fast-check';
import type { HostileApp, Targets } from './arena';

/** The service that attacks; `image` runs the attack. */
export function attacker(image: string, { canaryDir }: Targets): Record<string, unknown> {
  return {
    image,
    command: ['sh', '/attack.sh'],
    environment: { AIM: canaryDir },
    restart: 'unless-stopped',
  };
}

/** A Compose file of one attacking service with further keys, as JSON, which is YAML. */
export function hostileApp(
  image: string,
  targets: Targets,
  service: object,
  top: object = {},
  files: Readonly<Record<string, string>> = {},
): HostileApp {
  const services = { a: { ...attacker(image, targets), ...service } };
  return { compose: JSON.stringify({ services, ...top }), files };
}

type Values = Readonly<Record<string, readonly unknown[]>>;

/** For each key of a service harmless and hostile values, aimed at the victim and the canaries. */
function serviceValues({ canaryDir, listenerPort, victim }: Targets): Values {
  const names = [victim.container, 'victim', victim.network, victim.volume, `../${victim.project}`];
  const modes = names.flatMap((name) => [name, `service:${name}`, `container:${name}`]);
  const elsewhere = `127.0.0.1:${listenerPort}`;
  return {
    volumes: [
      ...['./data:/m1', './data/x:/m2', './conf:/m3:ro', '.:/m4', './store:/m5:rshared'],
      ...[`${canaryDir}:/c1`, `${victim.dir}/bind:/c2`, '../victim/bind:/c3:ro', '~/x:/c4'],
      ...['/etc/localtime:/etc/localtime:ro', '/etc/timezone:/etc/timezone'],
      ...['v:/v1', `${victim.volume}:/v2`, '../../x:/v3', `x/../../${elsewhere}/x:/v4`],
      { type: 'volume', source: `x/../../${elsewhere}/x`, target: '/v5' },
      { type: 'volume', source: '../../containers/json', target: '/v6' },
      { type: 'bind', source: canaryDir, target: '/c5' },
      { type: 'tmpfs', target: '/t1', tmpfs: { size: '1m' } },
    ].map((item) => [item]),
    tmpfs: ['/t2:size=1m', `/t3:bind,device=${canaryDir}`],
    depends_on: names.map((name) => ({
      [name]: { condition: 'service_started', required: false },
    })),
    volumes_from: [...names, `container:${victim.container}`].map((name) => [name]),
    network_mode: ['host', 'none', 'bridge', ...modes],
    pid: ['host', ...modes],
    ipc: ['host', 'private', ...modes],
    uts: ['host'],
    userns_mode: ['host'],
    cgroup: ['host', 'private'],
    networks: [
      ['default'],
      ['n'],
      { default: { aliases: ['victim', victim.container] } },
      { n: { ipv4_address: '8.8.8.8' } },
      { n: { link_local_ips: ['169.254.169.254'] } },
      { n: { driver_opts: { 'com.docker.network.endpoint.sysctls': 'x' } } },
      [victim.network],
    ],
    links: [[`${victim.container}:v`], ['victim']],
    logging: [
      { driver: 'json-file', options: { 'max-size': '1m' } },
      { driver: 'local' },
      { driver: 'syslog', options: { 'syslog-address': `tcp://${elsewhere}` } },
      { driver: 'gelf', options: { 'gelf-address': `tcp://${elsewhere}` } },
      { driver: 'fluentd', options: { 'fluentd-address': elsewhere } },
      { driver: 'splunk', options: { 'splunk-url': `http://${elsewhere}`, 'splunk-token': 'x' } },
      { driver: 'journald' },
    ],
    security_opt: [
      ['no-new-privileges:true'],
      ['label:disable'],
      ['label:type:spc_t'],
      ['label:level:s0:c1,c2'],
      ['seccomp:unconfined'],
      ['apparmor:unconfined'],
      ['systempaths=unconfined'],
    ],
    cap_add: [['CHOWN'], ['SYS_ADMIN'], ['ALL'], ['NET_ADMIN']],
    privileged: [true, false],
    devices: [['/dev/null:/dev/x'], ['/dev/mem']],
    device_cgroup_rules: [['a *:* rwm']],
    cgroup_parent: ['/', 'x'],
    runtime: ['runc', 'other'],
    configs: [['c']],
    secrets: [['s']],
    env_file: [['.env'], [`${canaryDir}/secret`], ['../victim/bind/secret']],
    hostname: ['h', victim.container],
    container_name: ['own', victim.container],
    labels: [
      { 'com.docker.compose.project': victim.project },
      { 'io.stackscape.app': 'victim', 'io.stackscape.trusted': 'true' },
      { 'com.docker.compose.project.working_dir': '/' },
    ],
    extra_hosts: [['x:host-gateway']],
    sysctls: [{ 'net.ipv4.ip_forward': '1' }, { 'kernel.core_pattern': '|/bin/sh' }],
    ulimits: [{ nofile: 1024 }, { rtprio: 99 }],
    pids_limit: [100, -1],
    oom_score_adj: [0, -1000],
    oom_kill_disable: [true],
    storage_opt: [{ 'dm.basesize': '1g' }],
    dns: [['127.0.0.1'], ['$(x)']],
    mac_address: ['02:42:00:00:00:01', 'ff:ff:ff:ff:ff:ff'],
    user: ['0', '0:0'],
    group_add: [['0']],
    stop_grace_period: ['1s', '99999h'],
    extends: [{ file: '../victim/docker-compose.yml', service: 'victim' }],
  };
}

function topValues({ canaryDir, listenerPort, victim }: Targets): Values {
  const bind = { o: 'bind', device: canaryDir };
  return {
    volumes: [
      {},
      { driver_opts: { type: 'none', ...bind } },
      { driver_opts: { type: 'tmpfs', ...bind } },
      { driver_opts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' } },
      { driver_opts: { type: 'tmpfs', device: 'tmpfs', o: `bind,size=1m` } },
      { driver_opts: { type: 'nfs', o: `addr=127.0.0.1,port=${listenerPort}`, device: ':/' } },
      { driver: 'other' },
      { name: victim.volume },
      { name: victim.volume, external: true },
    ].map((v) => ({ v })),
    networks: [
      { default: { name: victim.network } },
      { default: { name: victim.network, external: true } },
      { default: { driver: 'macvlan' } },
      { default: { driver: 'host' } },
      { default: { driver_opts: { 'com.docker.network.bridge.name': 'docker0' } } },
      { default: { driver_opts: { 'com.docker.network.driver.mtu': '1400' } } },
      { n: { ipam: { config: [{ subnet: '8.8.8.0/24' }] } } },
      { n: { ipam: { config: [{ subnet: '169.254.169.0/24' }] } } },
      { n: { ipam: { config: [{ subnet: '127.0.0.0/16' }] } } },
      { n: { internal: true } },
      { [`../${victim.network}`]: {} },
    ],
    configs: [
      { c: { content: 'x' } },
      { c: { file: './data/x' } },
      { c: { file: './conf/a' } },
      { c: { file: `${canaryDir}/secret` } },
    ],
    secrets: [{ s: { content: 'x' } }, { s: { file: '../victim/bind/secret' } }],
    include: [['../victim/docker-compose.yml'], [`${canaryDir}/secret`]],
    name: [victim.project],
  };
}

/** Apps of one to four keys with values of any kind, and the top-level keys that go with them. */
export function hostileApps(image: string, targets: Targets): fc.Arbitrary<HostileApp> {
  const some = (values: Values, max: number) =>
    fc
      .uniqueArray(fc.constantFrom(...Object.keys(values)), { minLength: 1, maxLength: max })
      .chain((keys) =>
        fc.record(
          Object.fromEntries(keys.map((key) => [key, fc.constantFrom(...(values[key] ?? []))])),
        ),
      );
  const volumes = serviceValues(targets)['volumes'] ?? [];
  return fc
    .tuple(
      some(serviceValues(targets), 3),
      fc.option(some(topValues(targets), 2), { nil: {} }),
      fc.uniqueArray(fc.constantFrom(...volumes), { maxLength: 2 }),
    )
    .map(([service, top, mounts]) =>
      hostileApp(
        image,
        targets,
        mounts.length === 0 ? service : { ...service, volumes: mounts.flat() },
        top,
        { 'conf/a': 'a', 'store/b': 'b' },
      ),
    );
}
