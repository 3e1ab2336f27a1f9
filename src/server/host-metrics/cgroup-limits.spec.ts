import { readCgroup, type CgroupReading } from './cgroup-limits';
import { parseMounts } from './mounts';

const v1Mounts = (root: string): string =>
  ['memory', 'cpu,cpuacct']
    .map((c) => `31 23 0:28 ${root} /sys/fs/cgroup/${c} ro - cgroup cgroup rw,${c}`)
    .join('\n');
const v2Mounts = '31 23 0:28 / /sys/fs/cgroup ro - cgroup2 cgroup rw';

function read(
  mountinfo: string,
  cgroups: string,
  files: Record<string, string>,
): Promise<CgroupReading | null> {
  return readCgroup(parseMounts(mountinfo), cgroups, (path) =>
    Promise.resolve(files[path] ?? null),
  );
}

describe(readCgroup.name, () => {
  it('reads a container on a machine with version 1', async () => {
    const at = '/sys/fs/cgroup';
    const reading = await read(
      v1Mounts('/docker/abc'),
      '5:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/system.slice/docker.service\n',
      {
        [`${at}/memory/memory.limit_in_bytes`]: '268435456\n',
        [`${at}/memory/memory.usage_in_bytes`]: '150000000\n',
        [`${at}/memory/memory.stat`]: 'cache 1\ninactive_file 1\ntotal_inactive_file 50000000\n',
        [`${at}/cpu,cpuacct/cpu.cfs_quota_us`]: '150000\n',
        [`${at}/cpu,cpuacct/cpu.cfs_period_us`]: '100000\n',
        [`${at}/cpu,cpuacct/cpuacct.usage`]: '2500000000\n',
      },
    );
    expect(reading).toEqual({
      version: 1,
      memoryLimitBytes: 268_435_456,
      memoryUsedBytes: 100_000_000,
      cpuLimitCores: 1.5,
      cpuSeconds: 2.5,
    });
  });

  it('reads the numbers that mean "no limit" in version 1 as none', async () => {
    const reading = await read(v1Mounts('/'), '5:memory:/\n3:cpu,cpuacct:/\n', {
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    });
    expect(reading).toEqual({
      version: 1,
      memoryLimitBytes: null,
      memoryUsedBytes: null,
      cpuLimitCores: null,
      cpuSeconds: null,
    });
  });

  it('reads a container on a machine with version 2', async () => {
    const reading = await read(v2Mounts, '0::/\n', {
      '/sys/fs/cgroup/memory.max': '536870912\n',
      '/sys/fs/cgroup/memory.current': '300000000\n',
      '/sys/fs/cgroup/memory.stat': 'anon 5\ninactive_file 100000000\n',
      '/sys/fs/cgroup/cpu.max': '50000 100000\n',
      '/sys/fs/cgroup/cpu.stat': 'usage_usec 3000000\nuser_usec 1\n',
    });
    expect(reading).toEqual({
      version: 2,
      memoryLimitBytes: 536_870_912,
      memoryUsedBytes: 200_000_000,
      cpuLimitCores: 0.5,
      cpuSeconds: 3,
    });
  });

  it('uses the smallest limit among the parents', async () => {
    const reading = await read(v2Mounts, '0::/machine.slice/service\n', {
      '/sys/fs/cgroup/machine.slice/service/memory.max': 'max\n',
      '/sys/fs/cgroup/machine.slice/memory.max': '1000000\n',
      '/sys/fs/cgroup/machine.slice/service/cpu.max': '200000 100000\n',
      '/sys/fs/cgroup/machine.slice/cpu.max': 'max 100000\n',
    });
    expect(reading).toMatchObject({ memoryLimitBytes: 1_000_000, cpuLimitCores: 2 });
  });

  it('counts the usage of the whole group whose limit applies', async () => {
    const at = '/sys/fs/cgroup';
    const reading = await read(v2Mounts, '0::/team/own\n', {
      [`${at}/team/memory.max`]: '1000000\n',
      [`${at}/team/memory.current`]: '900000\n',
      [`${at}/team/own/memory.current`]: '100000\n',
      [`${at}/team/cpu.max`]: '50000 100000\n',
      [`${at}/team/cpu.stat`]: 'usage_usec 9000000\n',
      [`${at}/team/own/cpu.stat`]: 'usage_usec 1000000\n',
    });
    expect(reading).toMatchObject({ memoryUsedBytes: 900_000, cpuSeconds: 9 });
  });

  it('keeps the CPU times of two groups apart', async () => {
    const apart = ['cpu', 'cpuacct']
      .map((c) => `31 23 0:28 / /sys/fs/cgroup/${c} ro - cgroup cgroup rw,${c}`)
      .join('\n');
    const files = {
      '/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us': '50000\n',
      '/sys/fs/cgroup/cpu/a/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpuacct/cpuacct.usage': '9000000000\n',
      '/sys/fs/cgroup/cpuacct/a/cpuacct.usage': '5000000000\n',
      '/sys/fs/cgroup/cpuacct/a/b/cpuacct.usage': '1000000000\n',
      '/sys/fs/cgroup/cpuacct/ab/cpuacct.usage': '3000000000\n',
    };
    const secondsOf = async (cpu: string, accounting: string): Promise<unknown> => {
      const reading = await read(apart, `2:cpuacct:${accounting}\n1:cpu:${cpu}\n`, files);
      expect(reading?.cpuLimitCores).toBe(0.5);
      return reading?.cpuSeconds;
    };
    expect(await secondsOf('/a', '/a')).toBe(5);
    expect(await secondsOf('/a', '/')).toBeNull();
    expect(await secondsOf('/a', '/ab')).toBeNull();
    // The limit of the outer group holds for all in it.
    expect(await secondsOf('/a/b', '/a/b')).toBe(5);
  });

  it('reads each controller from the version that has it', async () => {
    const mounts = `${v2Mounts.replace('/sys/fs/cgroup ', '/sys/fs/cgroup/unified ')}\n${v1Mounts('/')}`;
    const reading = await read(mounts, '5:memory:/a\n3:cpu,cpuacct:/a\n0::/b\n', {
      '/sys/fs/cgroup/memory/a/memory.limit_in_bytes': '4096000\n',
    });
    expect(reading).toMatchObject({ version: 1, memoryLimitBytes: 4_096_000 });
  });

  it('returns nothing when no group is mounted', async () => {
    expect(await read('', '0::/\n', {})).toBeNull();
  });
});
