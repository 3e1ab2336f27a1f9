import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildEnginePlan } from '../../src/apps/compose/engine/engine-plan';
import { readPlainFile } from '../../src/apps/compose/files/plain-file';
import { prepareProjectFolder } from '../../src/apps/compose/files/project-folder';
import { loadTemplate } from '../../src/apps/compose/layouts/load-template';
import { resolveTemplate } from '../../src/apps/compose/policy/resolve-template';
import { refuseInSwarm, withPortsOfServices } from '../../src/apps/resolver/swarm-limits';
import { AppNotUsableError } from '../../src/apps/resolver/template.errors';
import { PROJECT_ROOT } from '../../src/platform/config/project-root';
import { DockerEngine } from '../../src/platform/docker/docker-engine';
import type { ServiceFile } from '../../src/platform/docker/engine-types';
import { publishStandIn } from '../support/stand-in-image';
import { SwarmLab } from '../support/swarm/swarm-lab';
import { TemplateFolder } from '../support/template-folder';

jest.setTimeout(240_000);

/** Lines of the service `a`; after a line of `---`, of the project. */
type Case = readonly [keys: string, lines: string, part: object];

const container = (part: object) => ({ TaskTemplate: { ContainerSpec: part } });
const task = (part: object) => ({ TaskTemplate: part });
const mount = (part: object) => container({ Mounts: [expect.objectContaining(part)] });
const only = (part: object) => expect.objectContaining(part) as object;

/** What each key becomes, as the manager keeps it. `HOME` is the id of the node that the server runs on. */
const BECOMES: readonly Case[] = [
  ['image', '', container({ Image: expect.stringMatching(/@sha256:[0-9a-f]{64}$/) })],
  ['command', 'command: [sh, -c, "true"]', container({ Args: ['sh', '-c', 'true'] })],
  ['entrypoint', 'entrypoint: [sh]', container({ Command: ['sh'] })],
  ['environment', 'environment: { A: "1" }', container({ Env: expect.arrayContaining(['A=1']) })],
  ['working_dir', 'working_dir: /tmp', container({ Dir: '/tmp' })],
  ['user', 'user: "12:34"', container({ User: '12:34' })],
  ['group_add', 'group_add: ["34"]', container({ Groups: ['34'] })],
  ['tty', 'tty: true', container({ TTY: true })],
  ['stdin_open', 'stdin_open: true', container({ OpenStdin: true })],
  ['init', 'init: true', container({ Init: true })],
  ['stop_signal', 'stop_signal: SIGINT', container({ StopSignal: 'SIGINT' })],
  ['stop_grace_period', 'stop_grace_period: 3s', container({ StopGracePeriod: 3e9 })],
  ['hostname', 'hostname: h', container({ Hostname: 'h' })],
  ['healthcheck', 'healthcheck: { test: [CMD, "true"], interval: 9s }', container({ Healthcheck: only({ Test: ['CMD', 'true'], Interval: 9e9 }) })], // prettier-ignore
  ['labels', 'labels: { one: "1" }', container({ Labels: only({ one: '1' }) })],
  ['read_only', 'read_only: true', container({ ReadOnly: true })],
  [
    'cap_add',
    'cap_add: [NET_RAW]',
    container({ CapabilityAdd: [expect.stringMatching(/^(CAP_)?NET_RAW$/)] }),
  ],
  ['cap_drop', 'cap_drop: [ALL]', container({ CapabilityDrop: ['ALL'] })],
  ['sysctls', 'sysctls: { net.core.somaxconn: "1024" }', container({ Sysctls: { 'net.core.somaxconn': '1024' } })], // prettier-ignore
  ['ulimits', 'ulimits: { nofile: { soft: 1024, hard: 2048 } }', container({ Ulimits: [{ Name: 'nofile', Soft: 1024, Hard: 2048 }] })], // prettier-ignore
  ['dns', 'dns: [192.0.2.53]', container({ DNSConfig: only({ Nameservers: ['192.0.2.53'] }) })],
  ['dns_opt', 'dns_opt: ["ndots:1"]', container({ DNSConfig: only({ Options: ['ndots:1'] }) })],
  ['dns_search', 'dns_search: [lan]', container({ DNSConfig: only({ Search: ['lan'] }) })],
  ['extra_hosts', 'extra_hosts: ["db:192.0.2.1"]', container({ Hosts: expect.arrayContaining(['192.0.2.1 db']) })], // prettier-ignore
  ['logging', 'logging: { driver: json-file, options: { max-size: 1m } }', task({ LogDriver: { Name: 'json-file', Options: { 'max-size': '1m' } } })], // prettier-ignore
  ['platform', 'platform: linux/amd64', task({ Placement: only({ Platforms: [{ OS: 'linux', Architecture: 'amd64' }] }) })], // prettier-ignore
  [
    'volumes',
    'volumes: ["data:/data"]\n---\nvolumes: { data: }',
    atHome(mount({ Type: 'volume', Target: '/data' })),
  ],
  ['configs', 'configs: [{ source: c, target: /c }]\n---\nconfigs: { c: { content: text } }', anywhere({ Configs: [only({ File: { Name: '/c', UID: '0', GID: '0', Mode: 0o444 } })] })], // prettier-ignore
  ['uid gid mode', 'configs: [{ source: c, target: /c, uid: "7", gid: "8", mode: 0440 }]\n---\nconfigs: { c: { content: text } }', anywhere({ Configs: [only({ File: { Name: '/c', UID: '7', GID: '8', Mode: 0o440 } })] })], // prettier-ignore
  ['secrets', 'secrets: [s]\n---\nsecrets: { s: { file: ./secret.txt } }', anywhere({ Secrets: [only({ File: { Name: '/run/secrets/s', UID: '0', GID: '0', Mode: 0o444 } })] })], // prettier-ignore
  ['tmpfs', 'tmpfs: [/run]', mount({ Type: 'tmpfs', Target: '/run' })],
  ['shm_size', 'shm_size: 64m', mount({ Type: 'tmpfs', Target: '/dev/shm', TmpfsOptions: { SizeBytes: 64 * 1024 * 1024 } })], // prettier-ignore
  ['ports mode=host', 'ports: ["8080:80", "127.0.0.1:81:81"]', { EndpointSpec: { Mode: 'dnsrr', Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 31_000, PublishMode: 'host' }] } }], // prettier-ignore
  ['networks', 'networks: { back: { aliases: [b] } }\n---\nnetworks: { back: }', task({ Networks: expect.arrayContaining([only({ Aliases: expect.arrayContaining(['b']) })]) })], // prettier-ignore
  ['restart always unless-stopped any', 'restart: unless-stopped', task({ RestartPolicy: { Condition: 'any', MaxAttempts: 0 } })], // prettier-ignore
  ['no none', 'restart: "no"', task({ RestartPolicy: { Condition: 'none', MaxAttempts: 0 } })],
  ['on-failure', 'restart: on-failure:3', task({ RestartPolicy: { Condition: 'on-failure', MaxAttempts: 3 } })], // prettier-ignore
  ['scale', 'scale: 2', { Labels: only({ 'io.stackscape.replicas': '2' }) }],
  ['deploy.replicas', 'deploy: { replicas: 3 }', { Labels: only({ 'io.stackscape.replicas': '3' }) }], // prettier-ignore
  ['cpus', 'cpus: 0.5', task({ Resources: only({ Limits: only({ NanoCPUs: 5e8 }) }) })],
  ['mem_limit', 'mem_limit: 64m', task({ Resources: only({ Limits: only({ MemoryBytes: 67_108_864 }) }) })], // prettier-ignore
  ['pids_limit', 'pids_limit: 50', task({ Resources: only({ Limits: only({ Pids: 50 }) }) })],
  ['deploy.resources.limits', 'deploy: { resources: { limits: { memory: 32m } } }', task({ Resources: only({ Limits: only({ MemoryBytes: 33_554_432 }) }) })], // prettier-ignore
  ['mem_reservation', 'mem_reservation: 16m', task({ Resources: only({ Reservations: only({ MemoryBytes: 16_777_216 }) }) })], // prettier-ignore
  ['deploy.resources.reservations.memory cpus', 'deploy: { resources: { reservations: { memory: 16m, cpus: "0.25" } } }', task({ Resources: only({ Reservations: { MemoryBytes: 16_777_216, NanoCPUs: 25e7 } }) })], // prettier-ignore
  ['deploy.placement constraints preferences max_replicas_per_node', 'deploy: { placement: { constraints: [node.role==manager], preferences: [{ spread: node.labels.z }], max_replicas_per_node: 2 } }', task({ Placement: only({ Constraints: ['node.role==manager'], Preferences: [{ Spread: { SpreadDescriptor: 'node.labels.z' } }], MaxReplicas: 2 }) })], // prettier-ignore
  ['deploy.endpoint_mode vip', 'deploy: { endpoint_mode: vip }', { EndpointSpec: only({ Mode: 'vip' }) }], // prettier-ignore
  ['dnsrr', '', { EndpointSpec: only({ Mode: 'dnsrr' }) }],
  ['deploy.labels io.stackscape. com.docker.', 'deploy: { labels: { tier: front, io.stackscape.app: other } }', { Labels: only({ tier: 'front', 'io.stackscape.app': 'app' }) }], // prettier-ignore
  ['deploy.restart_policy.delay window', 'restart: always\ndeploy: { restart_policy: { delay: 2s, window: 9s } }', task({ RestartPolicy: only({ Delay: 2e9, Window: 9e9 }) })], // prettier-ignore
  ['deploy.update_config', 'deploy: { update_config: { parallelism: 2, order: start-first } }', { UpdateConfig: only({ Parallelism: 2, Order: 'start-first' }) }], // prettier-ignore
  ['rollback_config', 'deploy: { rollback_config: { delay: 3s } }', { RollbackConfig: only({ Delay: 3e9 }) }], // prettier-ignore
  ['deploy.mode replicated', 'deploy: { mode: replicated }', { Mode: { Replicated: { Replicas: 0 } } }], // prettier-ignore
  ['global', 'deploy: { mode: global }', { Mode: { Global: {} } }],
  ['replicated-job', 'deploy: { mode: replicated-job }', { Mode: { Replicated: { Replicas: 0 } }, ...task({ RestartPolicy: { Condition: 'none', MaxAttempts: 0 } }) }], // prettier-ignore
  // Engines before release 25 do not keep it.
  ['security_opt: no-new-privileges', 'security_opt: [no-new-privileges:true]', {}],
];

/** Keys that refuse an app, with the key in the refusal. */
const REFUSED: readonly (readonly [keys: string, lines: string, named: string])[] = [
  ['domainname', 'domainname: lan', 'domainname'],
  ['mac_address', 'mac_address: "02:42:00:00:00:01"', 'mac_address'],
  ['links', 'links: [b]\n---\nservices: { b: { image: IMAGE } }', 'links'],
  ['network_mode', 'network_mode: host', 'network_mode'],
  ['volumes_from', 'volumes_from: [b]\n---\nservices: { b: { image: IMAGE } }', 'volumes_from'],
  ['pid', 'pid: host', 'pid'],
  ['ipc', 'ipc: host', 'ipc'],
  ['uts', 'uts: host', 'uts'],
  ['userns_mode', 'userns_mode: host', 'userns_mode'],
  ['cgroup', 'cgroup: host', 'cgroup'],
  ['cgroup_parent', 'cgroup_parent: /x', 'cgroup_parent'],
  ['runtime', 'runtime: runc', 'runtime'],
  ['privileged', 'privileged: true', 'privileged'],
  ['devices', 'devices: [/dev/null]', 'devices'],
  ['device_cgroup_rules', 'device_cgroup_rules: ["c 1:3 mr"]', 'device_cgroup_rules'],
  ['gpus', 'gpus: all', 'gpus'],
  ['storage_opt', 'storage_opt: { size: 1G }', 'storage_opt'],
  ['memswap_limit', 'mem_limit: 64m\nmemswap_limit: 128m', 'memswap_limit'],
  ['mem_swappiness', 'mem_swappiness: 10', 'mem_swappiness'],
  ['cpu_shares', 'cpu_shares: 512', 'cpu_shares'],
  ['cpu_period', 'cpu_period: 100000', 'cpu_period'],
  ['cpu_quota', 'cpu_quota: 50000', 'cpu_quota'],
  ['cpuset', 'cpuset: "0"', 'cpuset'],
  ['blkio_config', 'blkio_config: { weight: 300 }', 'blkio_config.weight'],
  ['oom_kill_disable', 'oom_kill_disable: true', 'oom_kill_disable'],
  ['oom_score_adj', 'oom_score_adj: 100', 'oom_score_adj'],
  ['security_opt', 'security_opt: [seccomp=unconfined]', 'security_opt'],
  ['driver_opts', 'networks: [back]\n---\nnetworks: { back: { driver_opts: { x: "1" } } }', 'driver_opts'], // prettier-ignore
];

/** Lines of the table that other tests stand for: images without a registry, and the order of starts (swarm-apps). */
const ELSEWHERE = ['build', 'depends_on', '/dev/shm', 'docker service update'];

function atHome(part: { TaskTemplate: object }): object {
  const Placement = only({ Constraints: ['node.id==HOME'] });
  return { TaskTemplate: { ...part.TaskTemplate, Placement } };
}

/** Files that come from the Swarm keep a service on no node. */
function anywhere(part: object): object {
  return { TaskTemplate: { ContainerSpec: part, Placement: {} } };
}

describe('Compose keys in a Swarm', () => {
  let swarm: SwarmLab;
  let engine: DockerEngine;
  let image: string;
  beforeAll(async () => {
    swarm = await SwarmLab.start(1);
    const { host, docker } = swarm.manager;
    engine = new DockerEngine(host, 'swarm');
    image = await publishStandIn(`keys-${randomBytes(5).toString('hex')}:1`);
    const pull = await docker.pull(image);
    await new Promise((done, fail) => docker.modem.followProgress(pull, (error) => (error ? fail(error) : done(null)))); // prettier-ignore
  });
  afterAll(() => swarm?.destroy());

  /** The plan of an app `app` of a trusted catalog; throws where a Swarm has no such service. */
  async function planned(lines: string, dir: string) {
    const [service = '', project = ''] = lines.split('\n---\n');
    const a = `services:\n  a:\n    image: IMAGE\n    ${service.replaceAll('\n', '\n    ')}\n`;
    const others = project.startsWith('services: { ') ? project.replace('services: { b: ', '  b: ').replace(/ }$/, '') : project; // prettier-ignore
    const compose = `${a}${others}\n`.replaceAll('IMAGE', image);
    const folder = await TemplateFolder.make({ 'compose.yaml': compose, 'secret.txt': 'secret' });
    try {
      const template = await loadTemplate(folder.path, { name: 'app', trusted: true });
      const input = { prefix: 'k-', sharedNetwork: 'k-shared', gpu: true };
      const resolved = resolveTemplate(template, input);
      expect(resolved.problems.filter(({ kind }) => kind !== 'note')).toEqual([]);
      await prepareProjectFolder(template, resolved, dir);
      const app = withPortsOfServices(resolved, ({ hostIp }) => hostIp || '0.0.0.0');
      const leases = Object.fromEntries(app.ports.map(({ key }, n) => [key, 31_000 + n]));
      const plan = buildEnginePlan(app, leases, {
        installationId: 'keys',
        projectDir: dir,
        bindAddress: '0.0.0.0',
        databaseBindAddress: '127.0.0.1',
        orchestrator: 'swarm',
      });
      refuseInSwarm('app', plan);
      return plan;
    } finally {
      await folder.remove();
    }
  }

  async function inFolder(work: (dir: string) => Promise<void>): Promise<void> {
    const dir = await mkdtemp(join(tmpdir(), 'swarm-keys-'));
    try {
      await work(dir);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  it.each(BECOMES)('%s: as the table says', (_keys, lines, part) =>
    inFolder(async (dir) => {
      const { containers, networks } = await planned(lines, dir);
      const { docker, id: home } = swarm.manager;
      const undos: (() => Promise<unknown>)[] = [];
      try {
        for (const { body } of networks) {
          const network = await engine.networks.create(body);
          undos.push(() => docker.getNetwork(network).remove());
        }
        const { name, body, connect, replicas, deploy, platform } = containers[0]!;
        const files: ServiceFile[] = [];
        for (const { kind, key, path, mode, ...file } of containers[0]!.files) {
          const read = await readPlainFile(dir, path, () => true);
          if (!('content' in read)) throw new Error(`there is no ${path}`);
          const made = { kind, name: `keys-${key}`, labels: {}, content: read.content };
          const id = await engine.files.create(made);
          undos.push(() => engine.files.remove({ ...made, id }));
          files.push({ ...file, kind, id, name: made.name, mode: mode ?? read.mode & 0o555 });
        }
        const more = { networks: connect, replicas, deploy, files, ...(platform ? { platform } : {}) }; // prettier-ignore
        const id = await engine.workloads.create(name, body, more);
        undos.push(() => docker.getService(id).remove());
        const { Spec } = (await docker.getService(id).inspect()) as { Spec: object };
        expect(JSON.parse(JSON.stringify(Spec).replaceAll(home, 'HOME'))).toMatchObject(part);
      } finally {
        for (const undo of undos.toReversed()) await undo();
      }
    }),
  );

  it.each(REFUSED)('%s: refused with the key, before anything is made', (_keys, lines, named) =>
    inFolder(async (dir) => {
      const refusal = await planned(lines, dir).then(() => null, (error: unknown) => error); // prettier-ignore
      expect(refusal).toBeInstanceOf(AppNotUsableError);
      const fields = (refusal as AppNotUsableError).details?.map(({ field }) => field) ?? [];
      expect(fields.map((field) => field.slice(-named.length))).toContain(named);
    }),
  );

  it('refuses a mode that it does not have', () =>
    inFolder(async (dir) => {
      await expect(planned('deploy: { mode: global-job }', dir)).rejects.toThrow(AppNotUsableError);
    }));

  it('has each key of the table in one of these tests', () => {
    const document = readFileSync(join(PROJECT_ROOT, 'docs', 'compose-support.md'), 'utf8');
    const table = document.split('## In a Swarm')[1]!.split('\n## ')[0]!;
    const rows = table.split('\n').filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) => [...row.split(' | ')[0]!.matchAll(/`([^`]+)`/g)].map(([, key]) => key!)); // prettier-ignore
    const tested = [...BECOMES, ...REFUSED].flatMap(([keys]) => [keys, ...keys.split(' ')]);
    expect(named.filter((key) => !tested.includes(key) && !ELSEWHERE.includes(key))).toEqual([]);
    expect(rows.length).toBeGreaterThan(15);
  });
});
