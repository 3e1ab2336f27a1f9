import type { DataSource, EntityManager } from 'typeorm';
import { SystemState } from '../../accounts/system-state.entity';
import { AuditService, type AuditActor } from '../../audit/audit.service';
import { runInTransaction } from '../../platform/database/run-in-transaction';
import type { DockerEngine } from '../../platform/docker/docker-engine';
import { bilingual } from '../../platform/i18n/bilingual';
import { ownLabels } from '../compose/engine/labels';
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
 * Lets a database belong to this engine from now on, in one transaction. Installations without a container
 * on it end as failed, with the cause, and give their ports back; nothing on any engine is changed. Where the
 * database knew no engine, work that has only begun goes on.
 * @param options.actor who decided so; absent: nobody did, and a database that has an engine keeps it
 * @throws EngineError where the engine does not answer
 */
export async function adoptEngine(
  dataSource: DataSource,
  engine: DockerEngine,
  { actor }: { readonly actor?: AuditActor } = {},
): Promise<Adoption> {
  const engineId = await engine.identify();
  const containers = await engine.workloads.list([ownLabels.installation]);
  const here = new Set(containers.map(({ labels }) => ownerOf(labels)));
  return runInTransaction(dataSource, async (tx) => {
    const { engineId: before } = await tx.findOneOrFail(SystemState, {
      where: { id: 1 },
      lock: { mode: 'pessimistic_write' },
    });
    if (before === engineId || (before !== null && !actor))
      return { engineId: before, before, kept: [], ended: [] };
    const rows: { id: string; activeApp: string; state: string }[] = await tx.query(
      `SELECT id, activeApp, state FROM app_installations WHERE activeApp IS NOT NULL
       ORDER BY activeApp FOR UPDATE`,
    );
    const isLost = ({ id, state }: (typeof rows)[number]): boolean =>
      !here.has(id) && (before !== null || state === 'installed');
    const lost = rows.filter(isLost);
    for (const { id } of lost) await end(tx, id);
    await tx.update(SystemState, { id: 1 }, { engineId });
    const nameOf = ({ activeApp }: (typeof rows)[number]): string => activeApp;
    const ended = lost.map(nameOf);
    const kept = rows.filter((row) => !isLost(row)).map(nameOf);
    if (before !== null || ended.length > 0)
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
