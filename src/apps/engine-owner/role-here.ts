import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SystemState } from '../../accounts/system-state.entity';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import type { SwarmMembership } from '../../platform/docker/engine-types';
import { AppHome } from '../homes/app-home.entity';
import { sleep } from '../../platform/waiting/sleep';

/** A manager with this label is a home of apps. */
const HOME_LABEL = 'stackscape.home';
const PAUSE_MS = 1_000;
const ANSWER_MS = 5_000;

/**
 * What a process does on its node. A worker of a Swarm away from the homes of apps has the role `node`; everything else
 * stays as it is set. Which nodes are homes says the label, and else the processes that answer HTTP; which node this is,
 * its engine: it is waited for, and so are the managers' word and the first home.
 * @param connect makes a client of the migrated database
 */
export async function roleHere(settings: Settings, connect: () => DataSource): Promise<Settings> {
  if (settings.role !== 'worker' || settings.orchestrator !== 'swarm') return settings;
  const swarm = await membership(settings);
  // Refused with a sentence when the application starts.
  if (!swarm) return settings;
  if (swarm.isManager && (await isHome(settings, swarm, connect))) return settings;
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

/** Whether it has become one for a process that has found out at its start that it was none. */
export async function isHomeNow(settings: Settings, database: DataSource): Promise<boolean> {
  const { swarm } = await new DockerEngine(settings.dockerHost).info({ timeoutMs: ANSWER_MS });
  if (!swarm?.isManager || !swarm.clusterId) return false;
  const { nodeId } = swarm;
  if (await database.manager.existsBy(AppHome, { nodeId })) return true;
  return (await isLabelled(settings, nodeId)) ?? false;
}

async function isLabelled({ dockerHost }: Settings, nodeId: string): Promise<boolean | undefined> {
  const { nodes } = new DockerEngine(dockerHost, 'swarm');
  const own = (await nodes.list()).find(({ id }) => id === nodeId);
  return own && own.labels[HOME_LABEL] === 'true';
}

/** A database of another engine is refused with a sentence when the application starts. */
async function isHome(
  settings: Settings,
  { nodeId, clusterId }: SwarmMembership,
  connect: () => DataSource,
): Promise<boolean> {
  if (await untilKnown('the managers of the Swarm', () => isLabelled(settings, nodeId)))
    return true;
  const database = await connect().initialize();
  try {
    return await untilKnown('a process with ROLE=api, which says where the apps are', async () => {
      const { engineId } = await database.manager.findOneByOrFail(SystemState, { id: 1 });
      if (engineId !== null && engineId !== clusterId) return true;
      const homes = await database.manager.find(AppHome);
      return homes.length === 0 ? undefined : homes.some((home) => home.nodeId === nodeId);
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
