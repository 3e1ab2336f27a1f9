import { toClusterNode } from './cluster-nodes';
import type { RawNode } from './swarm-types';

const raw = (more: Partial<RawNode> = {}): RawNode => ({
  ID: 'abc',
  Version: { Index: 1 },
  Spec: { Role: 'worker', Availability: 'drain', Labels: { zone: 'b' } },
  Description: {
    Hostname: 'worker-1',
    Platform: { Architecture: 'x86_64', OS: 'linux' },
    Resources: { NanoCPUs: 2_000_000_000, MemoryBytes: 4096 },
    Engine: { EngineVersion: '20.10.24' },
  },
  Status: { State: 'down', Addr: '192.0.2.12', Message: 'heartbeat failure' },
  ...more,
});

describe(toClusterNode.name, () => {
  it('shows a worker with its state, resources and labels', () => {
    expect(toClusterNode(raw(), 'other')).toEqual({
      id: 'abc',
      name: 'worker-1',
      role: 'worker',
      isLeader: false,
      isHome: false,
      state: 'down',
      message: 'heartbeat failure',
      availability: 'drain',
      address: '192.0.2.12',
      engineVersion: '20.10.24',
      os: 'linux',
      architecture: 'x86_64',
      cpus: 2,
      memoryBytes: 4096,
      labels: { zone: 'b' },
      engineLabels: {},
    });
  });

  it('shows the manager that is asked, at the address by which others reach it', () => {
    const manager = raw({
      Spec: { Role: 'manager', Availability: 'active' },
      Status: { State: 'ready', Addr: '0.0.0.0' },
      ManagerStatus: { Leader: true, Reachability: 'reachable', Addr: '192.0.2.11:2377' },
    });
    expect(toClusterNode(manager, 'abc')).toMatchObject({
      role: 'manager',
      isLeader: true,
      isHome: true,
      state: 'ready',
      address: '192.0.2.11',
      labels: {},
    });
  });

  it('gives a node that never reported its id as name, and a state that it does not know as unknown', () => {
    const silent = raw({ Description: undefined, Status: { State: 'odd' } });
    expect(toClusterNode(silent, null)).toMatchObject({
      name: 'abc',
      state: 'unknown',
      address: null,
      cpus: 0,
    });
  });
});
