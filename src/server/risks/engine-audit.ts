import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isEngineFailure } from '../../platform/docker/engine.errors';
import type { DiskUsage } from '../../platform/docker/engine-types';
import { diskBelow, type DiskReading } from '../host-metrics/disk-metrics';
import { containerRisks, type ContainerAuditOptions } from './container-risks';
import { engineRisks, unusedDataRisks } from './engine-risks';
import { hostFirewallActive } from './host-firewall';
import type { Risk } from './risk';

const TIMEOUT_MS = 5_000;
/** The engine walks all volumes to count their bytes, so it is asked seldom. */
const DISK_USAGE_AGE_MS = 15 * 60_000;
const AT_ONCE = 4;

/** Audits everything on the engine: our own apps and all other containers. */
@Injectable()
export class EngineAudit {
  private usage: { readonly at: number; readonly value: DiskUsage } | null = null;

  constructor(
    private readonly engine: DockerEngine,
    private readonly settings: Settings,
  ) {}

  /** @throws EngineError when the engine is away or too slow */
  async run(disks: readonly DiskReading[] | null, signal: AbortSignal): Promise<Risk[]> {
    const call = { timeoutMs: TIMEOUT_MS, signal };
    const [info, containers, networks] = await Promise.all([
      this.engine.info(call),
      this.engine.containers.list([], call),
      this.engine.networks.list([], call),
    ]);
    const options: ContainerAuditOptions = {
      ownPrefix: this.settings.containerPrefix,
      firewallActive: await hostFirewallActive(),
      now: new Date(),
    };
    const ids = containers.map((container) => container.id);
    const found = engineRisks(info, this.settings.dockerHost, networks);
    const work = async (): Promise<void> => {
      for (let id = ids.shift(); id; id = ids.shift()) {
        try {
          found.push(...containerRisks(await this.engine.containers.inspect(id, call), options));
        } catch (error) {
          // Removed since the list was made.
          if (!isEngineFailure(error, 'container-not-found')) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const diskBytes = diskBelow(info.dataRoot, disks)?.sizeBytes ?? null;
    if (this.usage && diskBytes !== null)
      found.push(...unusedDataRisks(this.usage.value, diskBytes));
    return found;
  }

  /** Counts the bytes of images and volumes again when the last count is old, or when forced. */
  async refreshDiskUsage(signal: AbortSignal, force = false): Promise<void> {
    if (!force && this.usage && Date.now() - this.usage.at < DISK_USAGE_AGE_MS) return;
    this.usage = { value: await this.engine.diskUsage({ signal }), at: Date.now() };
  }
}
