import { randomInt } from 'node:crypto';
import Docker from 'dockerode';
import { isEngineFailure } from '../../src/platform/docker/engine.errors';
import { classifyEngineError } from '../../src/platform/docker/classify-engine-error';

const docker = new Docker();
const ATTEMPTS = 20;

/**
 * Makes a network even when the engine's own pools, about thirty networks, are used up by tests
 * that run beside this one: it then gets a block of 10.64.0.0/10.
 */
export async function createTestNetwork(
  body: Docker.NetworkCreateOptions,
): Promise<Docker.Network> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      if (attempt === 0) return await docker.createNetwork(body);
      const subnet = `10.${64 + randomInt(64)}.${randomInt(256)}.0/24`;
      return await docker.createNetwork({ ...body, IPAM: { Config: [{ Subnet: subnet }] } });
    } catch (error) {
      const failure = classifyEngineError(error, { about: 'network', subject: body.Name });
      const full = isEngineFailure(failure, 'address-pool-exhausted');
      if (attempt === ATTEMPTS || !(full || attempt > 0) || body.IPAM?.Config?.length) throw error;
    }
  }
}
