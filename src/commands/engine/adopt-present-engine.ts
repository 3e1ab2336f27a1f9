import { DataSource } from 'typeorm';
import { SystemState } from '../../accounts/system-state.entity';
import { adoptEngine, type Adoption } from '../../apps/engine-owner/engine-adoption';
import { OPERATOR } from '../../audit/audit.service';
import { CacheLease } from '../../auth/cache/cache-lease';
import { ensureDockerEngine } from '../../local-services/docker-engine';
import { withDatabase } from '../../local-services/running-database';
import type { Settings } from '../../platform/config/settings';
import { DEFAULT_DOCKER_HOST, DockerEngine } from '../../platform/docker/docker-engine';
import { OperatorError } from '../../platform/errors/operator-error';
import { bilingual, type Bilingual } from '../../platform/i18n/bilingual';
import { dataSourceOptions } from '../../schema/data-source-options';
import { migrate } from '../../schema/migrate';
import { printLine } from '../terminal/terminal';

/**
 * Lets the database belong to the engine of DOCKER_HOST from now on; a private one is started for it
 * where `npm start` would do so.
 * @param options.restored the database comes from a backup: leases of servers in it mean nothing
 * @throws OperatorError while a server runs on the database, or where no engine answers
 */
export function adoptPresentEngine(
  settings: Settings,
  { restored = false } = {},
): Promise<Adoption> {
  return withDatabase(settings, 'shared', async (url) => {
    await migrate(url);
    const dataSource = new DataSource({ ...dataSourceOptions(url), poolSize: 2 });
    await dataSource.initialize();
    try {
      return await withEngine(settings, async (engine) => {
        if (!restored && !(await isOurs(dataSource, engine))) await refuseBesideServers(dataSource);
        return adoptEngine(dataSource, engine, { actor: OPERATOR });
      });
    } finally {
      await dataSource.destroy();
    }
  });
}

/** In the Swarm that the database belongs to, apps of homes that are gone go over to this one: no server works on them. */
async function isOurs(dataSource: DataSource, engine: DockerEngine): Promise<boolean> {
  const { engineId } = await dataSource.manager.findOneByOrFail(SystemState, { id: 1 });
  return engineId === (await engine.identify()).id;
}

/** What became of the apps, as a sentence. */
export function adoptionText({ engineId, before, kept, ended }: Adoption): Bilingual {
  if (before === engineId && kept.length + ended.length === 0)
    return bilingual(
      `数据库已属于引擎 ${engineId}，未做更改`,
      `The database belongs to the engine ${engineId} already; nothing was changed`,
    );
  const names = (list: readonly string[]): string => list.join(', ') || '–';
  return bilingual(
    `数据库现在属于引擎 ${engineId}。该引擎上有容器的应用：${names(kept)}。没有容器而结束的应用（可重新安装，目录和密码仍然保留）：${names(ended)}`,
    `The database belongs to the engine ${engineId} now. Apps with containers on it: ${names(kept)}. Apps without, which have ended (install them again; folders and passwords were kept): ${names(ended)}`,
  );
}

/** A running server works with the engine that it has checked. */
async function refuseBesideServers(dataSource: DataSource): Promise<void> {
  const { nodes } = await new CacheLease(dataSource, 'operator', () => undefined).otherHolders();
  if (nodes.length === 0) return;
  throw new OperatorError(
    bilingual(
      '仍有服务进程在使用此数据库，未做更改。请停止所有服务进程，几秒后重试。',
      'Server processes still use this database; nothing was changed. Stop all of them and try again after a few seconds.',
    ),
  );
}

async function withEngine<T>(
  { dataDir, dockerHost, orchestrator }: Settings,
  work: (engine: DockerEngine) => Promise<T>,
): Promise<T> {
  const named = dockerHost === DEFAULT_DOCKER_HOST ? undefined : dockerHost;
  const { note, stop } = await ensureDockerEngine(dataDir, named, () =>
    printLine(bilingual('启动私有 Docker 引擎', 'Starting the private Docker Engine')),
  );
  try {
    if (note) throw new OperatorError(note);
    return await work(new DockerEngine(dockerHost, orchestrator));
  } finally {
    await stop?.();
  }
}
