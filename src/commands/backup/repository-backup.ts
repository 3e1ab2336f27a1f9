import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { Home } from '../../apps/homes/home';
import { Repositories } from '../../apps/backups/repositories.service';
import { Restic, type OpenRepository } from '../../apps/backups/restic/restic';
import { withDatabase } from '../../local-services/running-database';
import type { Settings } from '../../platform/config/settings';
import { OperatorError } from '../../platform/errors/operator-error';
import { bilingual } from '../../platform/i18n/bilingual';
import { dataSourceOptions } from '../../schema/data-source-options';
import { migrate } from '../../schema/migrate';
import { backUpFrom } from './make-backup';
import { restoreBackup, type Restored } from './restore-backup';

/** On every snapshot of the server itself; those of apps have another one, so neither counts among the others. */
const SERVER_TAG = 'stackscape-server';
/** Not compressed, so that restic finds again what has not changed. */
const ARCHIVE = 'stackscape.tar';

/** What a command works with, beside or without a running server. */
interface Tools {
  readonly url: string;
  readonly restic: Restic;
  readonly repositories: Repositories;
  /** Removed afterwards; no backup holds it. */
  readonly folder: string;
}

/**
 * Saves database and data folder to a repository in which backups of apps are kept, with its key.
 * @returns the id of the snapshot
 * @throws UnknownRepositoryError, RepositoryAwayError …
 */
export function saveToRepository(settings: Settings, name: string): Promise<string> {
  return withTools(settings, async ({ url, restic, repositories, folder }) => {
    const repository = await repositories.open(name);
    await backUpFrom(url, settings.dataDir, join(folder, ARCHIVE));
    const tags = [SERVER_TAG];
    const { snapshotId } = await restic.save(repository, folder, tags);
    return restic.fullId(repository, snapshotId, tags);
  });
}

/**
 * Removes all but the newest backups of the server in a repository, and what only they needed; those of apps stay.
 * @returns how many were removed
 * @throws RepositoryAwayError …
 */
export function keepNewest(settings: Settings, name: string, count: number): Promise<number> {
  return withTools(settings, async ({ restic, repositories }) => {
    const repository = await repositories.find(name);
    const rule = ['--keep-last', String(count)];
    const { remove } = await restic.planForget(repository, [[SERVER_TAG]], rule);
    if (remove.length === 0) return 0;
    await restic.forget(repository, remove);
    await restic.prune(repository);
    return remove.length;
  });
}

/**
 * Restores the newest backup of the server in a repository; on a new machine its key is given to that first.
 * @throws OperatorError where it holds none, RepositoryKeyWrongError … and as `restoreBackup`; nothing is changed then
 */
export async function restoreFromRepository(settings: Settings, name: string): Promise<Restored> {
  // The folder outlives the database, which belongs to the restore alone.
  const folder = await workFolder(settings);
  try {
    await withTools(settings, async ({ restic, repositories }) => {
      const repository = await repositories.find(name);
      const id = await newest(restic, repository);
      await restic.restore(repository, id, folder, { compare: true });
    });
    return await restoreBackup(settings, join(folder, ARCHIVE));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function newest(restic: Restic, repository: OpenRepository): Promise<string> {
  const last = (await restic.snapshots(repository, [SERVER_TAG])).at(-1);
  if (!last) {
    const { name } = repository;
    throw new OperatorError(
      bilingual(
        `备份仓库 ${name} 中没有服务器自身的备份`,
        `The backup repository ${name} holds no backup of the server itself`,
      ),
    );
  }
  return last.id;
}

async function workFolder({ dataDir }: Settings): Promise<string> {
  const backups = join(dataDir, 'backups');
  await mkdir(backups, { recursive: true, mode: 0o700 });
  return mkdtemp(join(backups, 'server-'));
}

function withTools<T>(settings: Settings, work: (tools: Tools) => Promise<T>): Promise<T> {
  return withDatabase(settings, 'shared', async (url) => {
    await migrate(url);
    const dataSource = new DataSource({ ...dataSourceOptions(url), poolSize: 2 });
    await dataSource.initialize();
    const folder = await workFolder(settings);
    try {
      const restic = new Restic(settings);
      const repositories = new Repositories(
        settings,
        dataSource,
        restic,
        new Home(dataSource, settings),
      );
      return await work({ url, restic, repositories, folder });
    } finally {
      await rm(folder, { recursive: true, force: true });
      await dataSource.destroy();
    }
  });
}
