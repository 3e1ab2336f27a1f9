import type { EngineSnapshot } from './engine-sampler';
import type { HostSnapshot } from './host-metrics/host-snapshot';
import { toServerState } from './server-report';

const host: HostSnapshot = {
  at: new Date(0),
  cores: 2,
  cpuPercent: 12.4,
  memoryPercent: 50.6,
  memory: { totalBytes: 100, availableBytes: 60, swapTotalBytes: 10, swapUsedBytes: 1 },
  disks: [
    {
      mount: '/',
      device: '/dev/vda',
      type: 'ext4',
      sizeBytes: 100,
      usedBytes: 40,
      availableBytes: 50,
      usedPercent: 44.44,
      inodesUsedPercent: null,
    },
  ],
  network: [],
  load: [0.123, 0.2, 0.3],
  uptimeSeconds: 5,
  limits: null,
};
const engine: EngineSnapshot = {
  at: new Date(0),
  state: 'up',
  info: null,
  containers: [],
  usage: [],
};
const noRisks = { open: 0, shown: [] };

describe(toServerState.name, () => {
  it('writes shares as the source document does', () => {
    expect(toServerState(host, engine, { open: 3, shown: [] }, 'en')).toMatchObject({
      cpu: '12%',
      memory: '51%',
      hdd: '44%',
      risk: '3',
      info: '',
      load: [0.12, 0.2, 0.3],
    });
  });

  it('gives what is known and names what is not, in the language of the caller', () => {
    const disks = [
      { mount: '/', device: '/dev/vda', type: 'ext4', reason: 'error' as const },
      { mount: '/data', device: '/dev/vdb', type: 'xfs', reason: 'no-answer' as const },
    ];
    const broken = { ...host, cpuPercent: null, memory: null, memoryPercent: null, disks };
    const state = toServerState(broken, { ...engine, state: 'no-permission' }, noRisks, 'en');
    expect(state).toMatchObject({ cpu: '', memory: '', hdd: '', memoryDetails: null });
    expect(state.info).toBe(
      'CPU metrics cannot be read; memory metrics cannot be read; the disk at / cannot be read; ' +
        'the disk at /data cannot be read; no permission to use Docker, so there are no metrics of containers',
    );
    expect(state.disks[1]).toMatchObject({ mount: '/data', sizeBytes: null, problem: 'no-answer' });
    expect(state.docker).toMatchObject({ running: null, containers: null });
    const chinese = toServerState(broken, { ...engine, state: 'no-permission' }, noRisks, 'zh');
    expect(chinese.info).not.toContain('cannot');
    expect(chinese.info).toContain('无法读取磁盘 /data');
  });

  it('reports the limits of a container beside the metrics of the machine', () => {
    const limits = {
      cgroupVersion: 2 as const,
      cpuCores: 0.5,
      cpuPercent: 33.33,
      memoryBytes: 50,
      memoryUsedBytes: 20,
      memoryPercent: 40,
    };
    const state = toServerState({ ...host, limits }, engine, noRisks, 'en');
    expect(state.limits).toMatchObject({ cpuCores: 0.5, cpuPercent: 33.3, memoryPercent: 40 });
    expect(state.cpu).toBe('12%');
  });
});
