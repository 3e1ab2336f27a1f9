import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SystemState } from '../../accounts/system-state.entity';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { sleep } from '../../platform/waiting/sleep';

const PAUSE_MS = 1_000;
const ANSWER_MS = 5_000;

/**
 * What a process does on its node. A worker of a Swarm away from the node that holds the data of the apps has the role
 * `node`; everything else stays as it is set. Which node that is says the first process that answers HTTP, and where
 * the engine is, its engine: both are waited for.
 * @param connect makes a client of the migrated database
 */
export async function roleHere(settings: Settings, connect: () => DataSource): Promise<Settings> {
  if (settings.role !== 'worker' || settings.orchestrator !== 'swarm') return settings;
  const swarm = await membership(settings);
  // Refused with a sentence when the application starts.
  if (!swarm) return settings;
  if (swarm.isManager) {
    const owner = await ownerOf(connect);
    const [cluster, home] = owner.split('/');
    const isAway = cluster === swarm.clusterId && home !== swarm.nodeId;
    if (!isAway) return settings;
  }
  return new Settings({ ...settings, role: 'node' });
}

async function membership({ dockerHost }: Settings) {
  const engine = new DockerEngine(dockerHost);
  return untilKnown('the engine to answer', async () => {
    const { swarm } = await engine.info({ timeoutMs: ANSWER_MS });
    // While there is no majority a manager does not know its cluster, and one that has just started not its role.
    const isUnsure = swarm?.isJoining || (swarm?.isManager && !swarm.clusterId);
    return isUnsure ? undefined : swarm;
  });
}

async function ownerOf(connect: () => DataSource): Promise<string> {
  const database = await connect().initialize();
  try {
    return await untilKnown('a process with ROLE=api, which says where the apps are', async () => {
      const { engineId } = await database.manager.findOneByOrFail(SystemState, { id: 1 });
      return engineId ?? undefined;
    });
  } finally {
    await database.destroy();
  }
}

/** Until there is something; what fails is tried again. */
async function untilKnown<T>(what: string, read: () => Promise<T | undefined>): Promise<T> {
  for (let isTold = false; ; isTold = true) {
    const found = await read().catch(() => undefined);
    if (found !== undefined) return found;
    if (!isTold) new Logger('Swarm').log(`waiting for ${what}`);
    await sleep(PAUSE_MS);
  }
}
