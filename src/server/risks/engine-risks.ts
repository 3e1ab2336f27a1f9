import { BlockList, isIPv4 } from 'node:net';
import type { DiskUsage, EngineInfo, NetworkSummary } from '../../platform/docker/engine-types';
import { risk, type Risk } from './risk';

/** Oldest major version that was still maintained in 2026. */
const OLDEST_MAINTAINED = 27;
/** Share of the built-in or configured ranges in use that leaves room for only a few apps. */
const POOL_SHARE = 0.8;
/** Share of the disk from which unused images or volumes are worth a word. */
const UNUSED_SHARE = 0.05;

/** The engine's own ranges where none are configured: fifteen of /16 and sixteen of /20. */
const builtInPools = [
  ...Array.from({ length: 15 }, (_, i) => ({ base: `172.${17 + i}.0.0/16`, size: 16 })),
  { base: '192.168.0.0/16', size: 20 },
];

/** What is risky about the engine itself. */
export function engineRisks(
  info: EngineInfo,
  host: string,
  networks: readonly NetworkSummary[],
): Risk[] {
  return [exposedOverTcp(info, host), outdated(info.version), addressPool(info, networks)].filter(
    (found) => found !== null,
  );
}

/** Images and volumes that nothing uses, measured against the disk that they are on. */
export function unusedDataRisks(usage: DiskUsage, diskBytes: number): Risk[] {
  const unusedVolumes = usage.volumes.filter((v) => v.references === 0 && v.sizeBytes > 0);
  const volumeBytes = unusedVolumes.reduce((sum, v) => sum + v.sizeBytes, 0);
  const found: Risk[] = [];
  if (usage.danglingImagesBytes > diskBytes * UNUSED_SHARE) {
    const size = gibibytes(usage.danglingImagesBytes);
    found.push(
      risk(
        'dangling-images',
        'images',
        `未使用的无名镜像占 ${size}`,
        `nameless images that nothing uses take ${size}`,
      ),
    );
  }
  if (volumeBytes > diskBytes * UNUSED_SHARE) {
    const size = gibibytes(volumeBytes);
    found.push(
      risk(
        'unused-volumes',
        'volumes',
        `${unusedVolumes.length} 个未使用的数据卷占 ${size}`,
        `${unusedVolumes.length} volumes that no container uses take ${size}`,
      ),
    );
  }
  return found;
}

function exposedOverTcp(info: EngineInfo, host: string): Risk | null {
  for (const warning of info.warnings) {
    const [, address, lack] =
      /API is accessible on (\S+) without (encryption|TLS client verification)/.exec(warning) ?? [];
    if (address) {
      const [zh, en] =
        lack === 'encryption'
          ? [`Docker 接口未加密地开放在 ${address}`, `the engine API is open at ${address}`]
          : [
              `Docker 接口开放在 ${address}，不验证客户端证书`,
              `the engine API is open at ${address} to clients without a certificate`,
            ];
      return risk('engine-tcp-exposed', 'docker', zh, en);
    }
  }
  if (!/^(tcp|http):/.test(host)) return null;
  return risk(
    'engine-tcp-exposed',
    'DOCKER_HOST',
    `经由未加密的 ${host} 使用 Docker`,
    `Docker is used over plain ${host}`,
  );
}

function outdated(version: string): Risk | null {
  const major = Number.parseInt(version, 10);
  if (!Number.isFinite(major) || major >= OLDEST_MAINTAINED) return null;
  return risk(
    'engine-outdated',
    'docker',
    `Docker ${version} 已停止维护`,
    `Docker ${version} is no longer maintained`,
  );
}

function addressPool(info: EngineInfo, networks: readonly NetworkSummary[]): Risk | null {
  const pools = info.addressPools.length > 0 ? info.addressPools : builtInPools;
  const ranges = new BlockList();
  let capacity = 0;
  for (const { base, size } of pools) {
    const [address = '', prefix = ''] = base.split('/');
    const bits = Number(prefix);
    if (!isIPv4(address) || !Number.isInteger(bits) || bits < 0 || bits > 32) continue;
    ranges.addSubnet(address, bits, 'ipv4');
    capacity += 2 ** Math.max(0, size - bits);
  }
  const used = networks
    .flatMap((network) => network.subnets)
    .filter(
      (subnet) => isIPv4(subnet.split('/')[0] ?? '') && ranges.check(subnet.split('/')[0] ?? ''),
    );
  if (capacity === 0 || used.length < capacity * POOL_SHARE) return null;
  return risk(
    'address-pool-nearly-used',
    'docker',
    `${capacity} 个网段已用 ${used.length} 个`,
    `${used.length} of ${capacity} address ranges are in use`,
  );
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
