import { diskMounts, readDisk, type DiskMounts } from './disk-metrics';
import { parseMemory, usedMemoryPercent } from './memory-metrics';
import { parseMounts } from './mounts';
import { parseInterfaces } from './network-metrics';

describe(parseMemory.name, () => {
  it('reads what free shows', () => {
    const memory = parseMemory(
      'MemTotal:        1000 kB\nMemFree:    10 kB\nMemAvailable:     400 kB\nSwapTotal:  200 kB\nSwapFree:  150 kB\n',
    );
    expect(memory).toEqual({
      totalBytes: 1_024_000,
      availableBytes: 409_600,
      swapTotalBytes: 204_800,
      swapUsedBytes: 51_200,
    });
    expect(memory && usedMemoryPercent(memory)).toBeCloseTo(60);
  });

  it.each(['', 'MemTotal: 5 kB\n', 'MemTotal: 0 kB\nMemAvailable: 0 kB\n'])(
    'returns nothing for %j',
    (text) => expect(parseMemory(text)).toBeNull(),
  );
});

describe(parseInterfaces.name, () => {
  it('leaves out loopback and the inner side of containers', () => {
    const text = [
      'Inter-|   Receive                                                |  Transmit',
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets',
      '    lo:   9 1 0 0 0 0 0 0 9 1 0 0 0 0 0 0',
      '  eth0: 100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0',
      'veth01: 7 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0',
      'docker0: 7 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0',
      'enp3s0:5 1 0 0 0 0 0 0 6 1 0 0 0 0 0 0',
    ].join('\n');
    expect(parseInterfaces(text)).toEqual([
      { name: 'eth0', receivedBytes: 100, sentBytes: 200 },
      { name: 'enp3s0', receivedBytes: 5, sentBytes: 6 },
    ]);
  });
});

describe(parseMounts.name, () => {
  it('decodes escapes and reads lines with and without optional fields', () => {
    const mounts = parseMounts(
      '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n' +
        '42 27 8:1 /sub /mnt/my\\040disk rw shared:1 master:2 - xfs /dev/sda1 rw\nnonsense\n',
    );
    expect(mounts.map((m) => [m.device, m.root, m.mountPoint, m.type, m.source])).toEqual([
      ['254:0', '/', '/', 'ext4', '/dev/vda'],
      ['8:1', '/sub', '/mnt/my disk', 'xfs', '/dev/sda1'],
    ]);
  });
});

describe(diskMounts.name, () => {
  const line = (device: string, point: string, type: string, source: string): string =>
    `1 1 ${device} / ${point} rw - ${type} ${source} rw`;

  it('reads each local file system once, without pseudo, network and read-only image ones', () => {
    const mounts = parseMounts(
      [
        line('0:30', '/', 'overlay', 'overlay'),
        line('254:0', '/var/lib/docker/volumes', 'ext4', '/dev/vda'),
        line('254:0', '/data', 'ext4', '/dev/vda'),
        line('0:21', '/proc', 'proc', 'proc'),
        line('0:50', '/dev/shm', 'tmpfs', 'tmpfs'),
        line('0:51', '/mnt/nas', 'nfs4', 'nas:/export'),
        line('0:52', '/var/lib/docker/overlay2/x/merged', 'overlay', 'overlay'),
        line('7:1', '/snap/core', 'squashfs', '/dev/loop1'),
        line('0:53', '/pool', 'zfs', 'pool/data'),
      ].join('\n'),
    );
    expect(diskMounts(mounts).map(([first]) => first.mountPoint)).toEqual(['/', '/data', '/pool']);
  });
});

describe(readDisk.name, () => {
  it('skips single mounted files, as in a container', async () => {
    const at = (mountPoint: string) => ({
      device: '254:0',
      root: '/',
      mountPoint,
      type: 'ext4',
      source: '/dev/vda',
      options: [],
    });
    const mounts: DiskMounts = [at('/etc/hosts'), at(__dirname)];
    expect(await readDisk(mounts)).toMatchObject({
      mount: __dirname,
      usedPercent: expect.any(Number),
    });
    expect(await readDisk([at('/etc/hosts')])).toBeNull();
  });
});
