import type { DataSource, EntityManager } from 'typeorm';
import { SystemState } from '../../accounts/system-state.entity';
import { AuditService, type AuditActor } from '../../audit/audit.service';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import type { DockerEngine } from '../../platform/docker/docker-engine';
import type { EngineIdentity } from '../../platform/docker/engine-gate';
import { bilingual } from '../../platform/i18n/bilingual';
import { ownLabels } from '../compose/engine/labels';
import { AppHome } from '../homes/app-home.entity';
import { ownerOf } from '../engine/resource-owner';
import type { InstallFailure } from '../installations/installation-state';
import { PortLease } from '../ports/port-lease.entity';

/** What became of the apps when their database went over to an engine. */
export interface Adoption {
  readonly engineId: string;
  /** Null: the database knew no engine yet. */
  readonly before: string | null;
  /** Names of the apps that the engine holds, and of those that it does not. */
  readonly kept: readonly string[];
  readonly ended: readonly string[];
}

const NOT_HERE: InstallFailure = {
  code: 'engine-changed',
  message: bilingual(
    '该应用的容器在另一个 Docker 引擎上，不在现在的引擎上；可以重新安装，目录和密码仍然保留',
    'The containers of this app are on another Docker Engine, not on the present one; install it again: its folder and passwords were kept',
  ),
  logs: [],
  undone: [],
};

/**
 * Lets a database belong to this engine, or this Swarm, from now on, in one transaction. Installations without a
 * container on it end as failed, with the cause, and give their ports back; nothing on any engine is changed. Where the
 * database knew no engine, work that has only begun goes on. In the Swarm that it belongs to already, the apps of homes
 * that the Swarm has no more go over to this node in the same way.
 * @param options.actor who decided so; absent: nobody did, and a database that has an engine keeps it
 * @throws EngineError where the engine does not answer
 */
export async function adoptEngine(
  dataSource: DataSource,
  engine: DockerEngine,
  { actor }: { readonly actor?: AuditActor } = {},
): Promise<Adoption> {
  const { id: engineId, node } = await engine.identify();
  const containers = await engine.workloads.list([ownLabels.installation]);
  const here = new Set(containers.map(({ labels }) => ownerOf(labels)));
  const members = node ? (await engine.nodes.list()).map(({ id }) => id) : [];
  return runInTransaction(dataSource, async (tx) => {
    const { engineId: before } = await tx.findOneOrFail(SystemState, {
      where: { id: 1 },
      lock: { mode: 'pessimistic_write' },
    });
    const isSame = before === engineId;
    if ((isSame && !node) || (before !== null && !actor))
      return { engineId: before ?? engineId, before, kept: [], ended: [] };
    const stay = isSame ? members : [];
    const rows = (
      await tx.query<InstalledRow[]>(
        `SELECT id, activeApp, state, home FROM app_installations WHERE activeApp IS NOT NULL
         ORDER BY activeApp FOR UPDATE`,
      )
    ).filter(({ home }) => home === null || !stay.includes(home));
    const isLost = ({ id, state }: InstalledRow): boolean =>
      !here.has(id) && (before !== null || state === 'installed');
    const lost = rows.filter(isLost);
    for (const { id } of lost) await end(tx, id);
    await tx.update(SystemState, { id: 1 }, { engineId });
    // A server on its own notes that it is a home once its secrets are compared.
    await moveHome(tx, stay, node, actor !== undefined);
    const nameOf = ({ activeApp }: InstalledRow): string => activeApp;
    const ended = lost.map(nameOf);
    const kept = rows.filter((row) => !isLost(row)).map(nameOf);
    const isNews = isSame ? rows.length > 0 : before !== null || ended.length > 0;
    if (isNews)
      await new AuditService(dataSource).record(
        {
          action: 'engine.adopted',
          ...(actor ? { actor } : {}),
          target: { type: 'engine', id: engineId },
          details: { before: before ?? '', kept: kept.length, ended: ended.join(', ') },
        },
        tx,
      );
    return { engineId, before, kept, ended };
  });
}

interface InstalledRow {
  readonly id: string;
  readonly activeApp: string;
  readonly state: string;
  readonly home: string | null;
}

/** Everything that is at a home which does not stay goes over to this node. */
async function moveHome(
  tx: EntityManager,
  stay: readonly string[],
  node: EngineIdentity['node'],
  isHome: boolean,
): Promise<void> {
  const home = node?.id ?? null;
  // No node has this id: the list must not be empty.
  const others = [[...stay, '']];
  for (const table of ['app_installations', 'app_backups'])
    await tx.query(`UPDATE ${table} SET home = ? WHERE home IS NULL OR home NOT IN (?)`, [home, ...others]); // prettier-ignore
  await tx.query('UPDATE IGNORE retired_images SET home = ? WHERE home NOT IN (?)', [home ?? '', [...stay, '-']]); // prettier-ignore
  await tx.query('DELETE FROM app_homes WHERE nodeId NOT IN (?)', others);
  if (node && isHome)
    await tx.getRepository(AppHome).upsert({ nodeId: node.id, name: node.name }, ['nodeId']);
}

async function end(tx: EntityManager, installationId: string): Promise<void> {
  await tx.query(
    `UPDATE app_installations
     SET state = 'failed', phase = 'failed', activeApp = NULL, failure = ?, step = '', runToken = NULL,
       leaseUntil = NULL, updatedAt = UTC_TIMESTAMP(3)
     WHERE id = ?`,
    [JSON.stringify(NOT_HERE), installationId],
  );
  await tx.delete(PortLease, { installationId });
}
