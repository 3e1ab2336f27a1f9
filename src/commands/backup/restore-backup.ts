import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import type { Settings } from '../../platform/config/settings';
import { UNFINISHED_RESTORE, unfinishedRestore } from '../../platform/config/unfinished-restore';
import { bilingual } from '../../platform/i18n/bilingual';
import { redisOptions } from '../../platform/redis/redis-options';
import { sha256Of, unpack } from './archive';
import { OperatorError } from '../../platform/errors/operator-error';
import { loadDatabase } from './database-dump';
import { backUpFrom, DUMP, MANIFEST, type BackupManifest } from './make-backup';
import { ReplacedFolder } from './replaced-folder';
import { withDatabase } from '../../local-services/running-database';

export interface Restored {
  readonly createdAt: string;
  /** Backup of the previous state. */
  readonly safetyCopy: string;
}

/**
 * Restores database and data folder. The archive is checked before anything changes, and the current
 * state is backed up first: when the restore fails midway it is rolled back to that. The server must
 * not run meanwhile.
 *
 * @throws OperatorError the state is unchanged unless the text says otherwise
 */
export async function restoreBackup(settings: Settings, archive: string): Promise<Restored> {
  const { dataDir } = settings;
  await mkdir(dataDir, { recursive: true });
  const stage = await mkdtemp(join(dataDir, 'restore-'));
  try {
    await unpack(resolve(archive), stage);
    const manifest = await checkedManifest(stage);
    const safetyCopy = await withDatabase(settings, 'exclusive', async (url) => {
      const copy = await backUpFrom(url, dataDir);
      await replaceAll({ url, dataDir, stage, dataFolder: manifest.dataFolder, safetyCopy: copy });
      return copy;
    });
    await clearRedis(settings);
    return { createdAt: manifest.createdAt, safetyCopy };
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

interface Replacement {
  readonly url: string;
  readonly dataDir: string;
  /** Folder of the unpacked backup. */
  readonly stage: string;
  /** Name of the data folder in it. */
  readonly dataFolder: string;
  readonly safetyCopy: string;
}

/** Replaces folder and database, or neither; a marker file shows a restore that was killed. */
async function replaceAll(replacement: Replacement): Promise<void> {
  const { url, dataDir, stage, dataFolder, safetyCopy } = replacement;
  const marker = join(dataDir, UNFINISHED_RESTORE);
  const earlier = unfinishedRestore(dataDir);
  await writeFile(marker, `${earlier ?? safetyCopy}\n`);
  const removeMarker = (): Promise<void> => (earlier === null ? rm(marker) : Promise.resolve());
  const folder = await replaceFolder(dataDir, join(stage, dataFolder)).catch(
    async (error: unknown) => {
      await removeMarker();
      throw error;
    },
  );
  try {
    await loadDatabase(url, join(stage, DUMP));
  } catch (error) {
    await rollBack(replacement, folder, error, removeMarker);
  }
  await folder.discard();
  if (earlier !== null) await ReplacedFolder.removeLeftovers(dataDir, stage);
  await rm(marker);
}

async function replaceFolder(dataDir: string, restored: string): Promise<ReplacedFolder> {
  try {
    return await ReplacedFolder.replace(dataDir, restored);
  } catch (error) {
    const { code, path = '' } = error as NodeJS.ErrnoException;
    throw new OperatorError(
      bilingual(
        `无法替换数据目录中的 ${path}（${code ?? '未知错误'}；它是否被单独挂载？），未做任何更改`,
        `${path} in the data folder cannot be replaced (${code ?? 'unknown error'}; is it mounted separately?); nothing was changed`,
      ),
      { cause: error },
    );
  }
}

/** Always throws, with the cause and whether the roll-back succeeded. */
async function rollBack(
  { url, stage, safetyCopy }: Replacement,
  folder: ReplacedFolder,
  cause: unknown,
  removeMarker: () => Promise<void>,
): Promise<never> {
  const reason =
    cause instanceof OperatorError ? cause.text : bilingual(String(cause), String(cause));
  try {
    const before = await mkdtemp(join(stage, 'before-'));
    await unpack(safetyCopy, before);
    await loadDatabase(url, join(before, DUMP));
    await folder.rollBack();
    await removeMarker();
  } catch {
    throw new OperatorError(
      bilingual(
        `恢复失败，回滚也失败：${reason.zh} 恢复前的状态保存在 ${safetyCopy}；数据库可用后请运行 npm run restore -- ${safetyCopy}`,
        `The restore failed and could not be rolled back: ${reason.en} The previous state is in ${safetyCopy}; once the database is available, run npm run restore -- ${safetyCopy}`,
      ),
      { cause },
    );
  }
  throw new OperatorError(
    bilingual(
      `恢复失败，已回滚到恢复前的状态：${reason.zh}`,
      `The restore failed and was rolled back: ${reason.en}`,
    ),
    { cause },
  );
}

async function checkedManifest(stage: string): Promise<BackupManifest> {
  const text = await readFile(join(stage, MANIFEST), 'utf8').catch(() => '{}');
  const manifest = JSON.parse(text) as Partial<BackupManifest>;
  const { format, dataFolder, databaseSha256 } = manifest;
  const known = format === 1 && !!dataFolder && /^[^/]+$/.test(dataFolder) && dataFolder !== '..';
  if (!known || (await sha256Of(join(stage, DUMP)).catch(() => '')) !== databaseSha256) {
    throw new OperatorError(
      bilingual(
        '备份文件不完整或已被改动，未做任何更改',
        'The backup is incomplete or was altered; nothing was changed',
      ),
    );
  }
  return manifest as BackupManifest;
}

/** Jobs, counters and cached accounts in Redis belong to the previous state. */
async function clearRedis({ dataDir, redisUrl, redisPrefix }: Settings): Promise<void> {
  if (!redisUrl) {
    await rm(join(dataDir, 'redis', 'appendonlydir'), { recursive: true, force: true });
    return;
  }
  const redis = new Redis({ ...redisOptions(redisUrl), maxRetriesPerRequest: 1 });
  try {
    for (const pattern of [`${redisPrefix}:*`, `{${redisPrefix}-queue}:*`]) {
      for await (const keys of redis.scanStream({ match: pattern, count: 1_000 })) {
        if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]));
      }
    }
  } finally {
    redis.disconnect();
  }
}
