import { Injectable } from '@nestjs/common';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { EngineError, isEngineFailure } from '../../platform/docker/engine.errors';
import { Serializer } from '../../platform/waiting/serializer';
import type { AppNetworkSpec } from '../compose/engine/engine-context';
import { freeSubnet, isTaken } from './free-subnet';
import { hostSubnets } from './host-subnets';

/** Blocks tried for one network; another server on the same engine may be taking them as well. */
const BLOCK_ATTEMPTS = 32;

/**
 * Creates networks also when the engine's own address pools, good for about thirty of them, are used
 * up: each further one gets a /24 of `NETWORK_POOL`.
 */
@Injectable()
export class NetworkAllocator {
  /** One block is chosen at a time in this process: all would choose the same one. */
  private readonly creations = new Serializer();

  constructor(
    private readonly engine: DockerEngine,
    private readonly settings: Settings,
  ) {}

  /**
   * Returns the id.
   * @throws EngineError `address-pool-exhausted` when `NETWORK_POOL` is used up too, `address-block-taken` when a
   * block that the template names is in use on this machine
   */
  async create(body: AppNetworkSpec): Promise<string> {
    await this.refuseTaken(body);
    try {
      return await this.engine.networks.create(body);
    } catch (error) {
      const named = Boolean(body.IPAM?.Config?.length);
      if (!isEngineFailure(error, 'address-pool-exhausted') || named) throw error;
      return this.creations.run(() => this.createInOurPool(body, error));
    }
  }

  /** The engine compares a named block with its other networks only, not with what the machine routes. */
  private async refuseTaken(body: AppNetworkSpec): Promise<void> {
    const wanted = (body.IPAM?.Config ?? []).map(({ Subnet = '' }) => Subnet);
    if (wanted.length === 0) return;
    const used = await hostSubnets();
    if (wanted.some((block) => isTaken(block, used))) {
      throw new EngineError('address-block-taken', body.Name);
    }
  }

  private async createInOurPool(body: AppNetworkSpec, exhausted: Error): Promise<string> {
    const failed: string[] = [];
    for (let attempt = 0; attempt < BLOCK_ATTEMPTS; attempt += 1) {
      const used = await this.engine.networks.subnets();
      const subnet = freeSubnet(this.settings.networkPool, [
        ...used,
        ...(await hostSubnets()),
        ...failed,
      ]);
      if (subnet === null) break;
      try {
        const IPAM = { ...body.IPAM, Config: [{ Subnet: subnet }] };
        return await this.engine.networks.create({ ...body, IPAM });
      } catch (error) {
        if (!isEngineFailure(error, 'address-block-taken')) throw error;
        failed.push(subnet);
      }
    }
    throw exhausted;
  }
}
