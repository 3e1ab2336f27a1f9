import type { EngineInfo, NetworkSummary } from '../../platform/docker/engine-types';
import type { DiskMetrics } from '../host-metrics/disk-metrics';
import { diskRisks } from './disk-risks';
import { engineRisks, unusedDataRisks } from './engine-risks';
import { risk } from './risk';
import { riskKinds } from './risk-codes';
import { settingsRisks } from './settings-risks';

const codes = (found: readonly { code: string }[]): string[] => found.map(({ code }) => code);

describe(risk.name, () => {
  it('gives the same finding the same id and different ones different ids', () => {
    const { id } = risk('latest-tag', 'a', '', '');
    expect(risk('latest-tag', 'a', 'x', 'y').id).toBe(id);
    expect(risk('latest-tag', 'b', '', '').id).not.toBe(id);
    expect(risk('unhealthy', 'a', '', '').id).not.toBe(id);
  });

  it('has a remedy in both languages for every code', () => {
    for (const { remedy } of Object.values(riskKinds)) {
      expect(remedy.zh).toMatch(/[\u4e00-\u9fff]/);
      expect(remedy.en).not.toMatch(/[\u4e00-\u9fff]/);
    }
  });
});

describe(engineRisks.name, () => {
  const info: EngineInfo = {
    id: '',
    name: '',
    version: '28.1.0',
    arch: '',
    cpus: 1,
    memoryBytes: 1,
    dataRoot: '/var/lib/docker',
    registryMirrors: [],
    warnings: [],
    runtimes: ['runc'],
    mapsUserIds: false,
    swarm: null,
    addressPools: [],
  };
  const socket = 'unix:///var/run/docker.sock';
  const networks = (count: number): NetworkSummary[] =>
    Array.from({ length: count }, (_, i) => ({
      id: String(i),
      name: String(i),
      labels: {},
      subnets: [i < 15 ? `172.${17 + i}.0.0/16` : `192.168.${(i - 15) * 16}.0/20`],
    }));

  it('finds nothing wrong with a current engine on its socket', () =>
    expect(engineRisks(info, socket, networks(3))).toEqual([]));

  it('reports an engine that is no longer maintained', () =>
    expect(codes(engineRisks({ ...info, version: '20.10.24+dfsg1' }, socket, []))).toEqual([
      'engine-outdated',
    ]));

  it('reports an API without encryption by its own warning, and by the address that we use', () => {
    const warnings = [
      'WARNING: API is accessible on http://0.0.0.0:2375 without encryption.\n   Access to the remote API is equivalent to root access',
      'WARNING: No swap limit support',
    ];
    const [found, ...more] = engineRisks({ ...info, warnings }, socket, []);
    expect(more).toEqual([]);
    expect(found?.code).toBe('engine-tcp-exposed');
    expect(found?.evidence.en).toContain('http://0.0.0.0:2375');
    const unverified = [
      'WARNING: API is accessible on https://a:2376 without TLS client verification.',
    ];
    expect(codes(engineRisks({ ...info, warnings: unverified }, socket, []))).toEqual([
      'engine-tcp-exposed',
    ]);
    expect(codes(engineRisks(info, 'tcp://10.0.0.5:2375', []))).toEqual(['engine-tcp-exposed']);
  });

  it('warns from four fifths of the built-in address ranges on', () => {
    expect(codes(engineRisks(info, socket, networks(24)))).toEqual([]);
    expect(codes(engineRisks(info, socket, networks(25)))).toEqual(['address-pool-nearly-used']);
  });

  it('counts configured ranges, and only networks inside them', () => {
    const addressPools = [{ base: '10.200.0.0/22', size: 24 }];
    const inside = (count: number): NetworkSummary[] =>
      Array.from({ length: count }, (_, i) => ({
        id: String(i),
        name: String(i),
        labels: {},
        subnets: [`10.200.${i}.0/24`, 'fd00::/64'],
      }));
    expect(codes(engineRisks({ ...info, addressPools }, socket, networks(30)))).toEqual([]);
    expect(codes(engineRisks({ ...info, addressPools }, socket, inside(3)))).toEqual([]);
    const [found] = engineRisks({ ...info, addressPools }, socket, inside(4));
    expect(found?.evidence.en).toBe('4 of 4 address ranges are in use');
  });
});

describe(unusedDataRisks.name, () => {
  const usage = (danglingImagesBytes: number, size: number, references = 0) => ({
    imagesBytes: 0,
    containersBytes: 0,
    volumesBytes: 0,
    buildCacheBytes: 0,
    danglingImagesBytes,
    volumes: [{ name: 'v', sizeBytes: size, references }],
  });

  it('counts only what nothing uses, above a twentieth of the disk', () => {
    expect(unusedDataRisks(usage(50, 50), 1000)).toEqual([]);
    expect(codes(unusedDataRisks(usage(51, 51), 1000))).toEqual([
      'dangling-images',
      'unused-volumes',
    ]);
    expect(unusedDataRisks(usage(0, 900, 1), 1000)).toEqual([]);
  });
});

describe(diskRisks.name, () => {
  const disk = (usedPercent: number, inodesUsedPercent: number | null): DiskMetrics => ({
    mount: '/data',
    device: '/dev/sda1',
    type: 'ext4',
    sizeBytes: 1,
    usedBytes: 1,
    availableBytes: 1,
    usedPercent,
    inodesUsedPercent,
  });

  it('is quiet up to 85 percent and severe above 95', () => {
    expect(diskRisks([disk(85, 85), disk(0, null)])).toEqual([]);
    expect(diskRisks([disk(86, 10)])[0]).toMatchObject({
      code: 'disk-pressure',
      severity: 'medium',
    });
    expect(diskRisks([disk(96, 10)])[0]).toMatchObject({ severity: 'high' });
    expect(diskRisks([disk(1, 97)])[0]).toMatchObject({ code: 'inode-pressure', severity: 'high' });
  });

  it('reports a disk that cannot be read', () =>
    expect(
      codes(diskRisks([{ mount: '/x', device: 'd', type: 'ext4', reason: 'no-answer' }])),
    ).toEqual(['disk-unreadable']));
});

describe(settingsRisks.name, () => {
  const sound = {
    host: '127.0.0.1',
    tlsCert: null,
    trustedProxies: [],
    corsOrigins: ['https://app.example'],
    appBind: '127.0.0.1',
    dbBind: '127.0.0.1',
    throttleLogin: { uses: 20, seconds: 60 },
  };

  it.each([
    [{}, []],
    [{ host: '0.0.0.0' }, ['no-tls']],
    [{ host: '0.0.0.0', tlsCert: '/cert.pem' }, []],
    [{ host: '0.0.0.0', trustedProxies: ['10.0.0.1'] }, []],
    [{ corsOrigins: ['*'] }, ['open-cors']],
    [{ appBind: '0.0.0.0' }, ['apps-on-all-addresses']],
    [{ throttleLogin: null }, ['login-unthrottled']],
  ])('finds in %j exactly %j', (change, expected) =>
    expect(codes(settingsRisks({ ...sound, ...change }))).toEqual(expected),
  );
});
