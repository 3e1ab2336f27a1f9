import { NO_DEPLOY_SETTINGS, type DeploySettings } from '../../platform/docker/engine-types';
import type { ClusterNode } from '../../platform/docker/swarm/cluster-nodes';
import type { ContainerPlan } from '../compose/engine/container-spec.builder';
import { roomiest } from './node-room';
import { checkPlacement } from './placement';

const node = (name: string, more: Partial<ClusterNode> = {}): ClusterNode => ({
  id: `id-${name}`,
  name,
  role: 'worker',
  isLeader: false,
  isHome: false,
  state: 'ready',
  message: '',
  availability: 'active',
  address: '192.0.2.12',
  engineVersion: '24.0.7',
  os: 'linux',
  architecture: 'x86_64',
  cpus: 2,
  memoryBytes: 1024,
  labels: {},
  engineLabels: {},
  ...more,
});
const home = node('home', { role: 'manager', isHome: true, address: '192.0.2.11' });
const one = node('one', { labels: { zone: 'B' }, engineLabels: { disk: 'ssd' } });
const two = node('two', { architecture: 'aarch64', cpus: 8, memoryBytes: 8192 });
const ALL = [home, one, two];

interface Given {
  readonly deploy?: Partial<DeploySettings>;
  readonly host?: object;
  readonly platform?: string;
  readonly replicas?: number;
}

const plan = ({ deploy = {}, host = {}, platform, replicas = 1 }: Given = {}): ContainerPlan => ({
  name: 'shop',
  service: 'web',
  replica: 1,
  replicas,
  platform: platform ?? null,
  deploy: { ...NO_DEPLOY_SETTINGS, ...deploy },
  files: [],
  connect: [],
  body: { Image: 'shop:1', Labels: {}, HostConfig: host },
});
const said = (given: Given, nodes = ALL) => {
  const { level, message } = checkPlacement([plan(given)], nodes);
  return [level, message.en];
};
const constraint = (...constraints: string[]): Given => ({ deploy: { constraints } });

describe(checkPlacement.name, () => {
  it('tells what is free on those nodes', () => {
    const gib = 1024 ** 3;
    const rooms = new Map([
      ['id-home', { memoryBytes: 2 * gib, diskBytes: 40.06 * gib }],
      ['id-one', { memoryBytes: 3 * gib, diskBytes: null }],
      ['id-two', { memoryBytes: null, diskBytes: null }],
    ]);
    const { level, message } = checkPlacement([plan()], ALL, new Set(), rooms);
    expect([level, message.en]).toEqual([
      'ok',
      'web: home, one, two (any node); free now: home 2.0 GiB memory and 40.1 GiB disk, one 3.0 GiB memory and ? disk, two unknown',
    ]);
    expect(roomiest(ALL, rooms)).toEqual({ totalBytes: 1024, availableBytes: 3 * gib });
    const data = plan({ host: { Binds: ['data:/data'] } });
    expect(checkPlacement([data], ALL, new Set(), rooms).message.en).toBe(
      'web: home (where its data is); free now: home 2.0 GiB memory and 40.1 GiB disk',
    );
  });

  it.each<[Given, string]>([
    [{}, 'web: home, one, two (any node)'],
    [
      { deploy: { mode: 'global' } },
      'web: one on each of home, one, two (any node), and on each node that is added later and fits',
    ],
    [{ host: { Binds: ['data:/data'] } }, 'web: home (where its data is)'],
    [{ platform: 'linux/arm64' }, 'web: two (platform linux/arm64)'],
    [constraint('node.labels.zone==b'), 'web: one (constraint node.labels.zone==b)'],
    [constraint('node.labels.zone != b'), 'web: home, two (constraint node.labels.zone != b)'],
    [constraint('engine.labels.disk==ssd'), 'web: one (constraint engine.labels.disk==ssd)'],
    [constraint('node.role==MANAGER'), 'web: home (constraint node.role==MANAGER)'],
    [constraint('node.hostname==two'), 'web: two (constraint node.hostname==two)'],
    [constraint('node.id==id-two'), 'web: two (the chosen node two)'],
    [constraint('node.id!=id-two'), 'web: home, one (constraint node.id!=id-two)'],
    [constraint('node.ip==192.0.2.11'), 'web: home (constraint node.ip==192.0.2.11)'],
    [constraint('node.ip!=192.0.2.12/32'), 'web: home (constraint node.ip!=192.0.2.12/32)'],
    [
      constraint('node.platform.os==linux', 'node.platform.arch==aarch64'),
      'web: two (constraint node.platform.os==linux, constraint node.platform.arch==aarch64)',
    ],
    [{ deploy: { reservedCpus: 4 } }, 'web: two (the memory and cores that it reserves)'],
    [{ host: { MemoryReservation: 2048 } }, 'web: two (the memory and cores that it reserves)'],
    [{ replicas: 3, host: { PortBindings: { '80/tcp': [] } } }, 'web: home, one, two (any node)'],
  ])('says where %j can run, and why', (given, text) => {
    expect(said(given)).toEqual(['ok', text]);
  });

  it.each<[Given, string]>([
    [
      { ...constraint('node.labels.zone==b'), host: { Binds: ['data:/data'] } },
      'web: none of home (where its data is) can run it: constraint node.labels.zone==b',
    ],
    [
      constraint('node.labels.zone==c'),
      'web: none of home, one, two can run it: constraint node.labels.zone==c',
    ],
    [
      { deploy: { reservedCpus: 64 } },
      'web: none of home, one, two can run it: the memory and cores that it reserves',
    ],
    [
      { replicas: 4, host: { PortBindings: { '80/tcp': [] } } },
      'web: 4 replicas, but home, one, two can run 3 at most',
    ],
    [
      { replicas: 7, deploy: { maxReplicasPerNode: 2 } },
      'web: 7 replicas, but home, one, two can run 6 at most',
    ],
  ])('says why %j can run nowhere', (given, text) => {
    expect(said(given)).toEqual(['error', text]);
  });

  it('keeps a service whose image is built with the server', () => {
    const { message } = checkPlacement([plan()], ALL, new Set(['web']));
    expect(message.en).toBe('web: home (where its image is built)');
  });

  it('counts only nodes that are ready and active', () => {
    const gone = [node('down', { state: 'down' }), node('drained', { availability: 'drain' })];
    expect(said({}, gone)).toEqual(['error', 'web: no node is ready and active']);
    expect(said({}, [...gone, two])).toEqual(['ok', 'web: two (any node)']);
  });

  it('names all services, or those alone that cannot run', () => {
    const other = { ...plan(constraint('node.role==worker')), service: 'job' };
    expect(checkPlacement([plan(), other], ALL).message.en).toBe(
      'web: home, one, two (any node); job: one, two (constraint node.role==worker)',
    );
    const { level, message } = checkPlacement([plan(), other], [home]);
    expect([level, message.en]).toEqual([
      'error',
      'job: none of home can run it: constraint node.role==worker',
    ]);
  });
});
