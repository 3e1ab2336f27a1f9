import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import type { Settings } from '../../platform/config/settings';
import { UNFINISHED_RESTORE, unfinishedRestore } from '../../platform/config/unfinished-restore';
import { bilingual } from '../../platform/i18n/bilingual';
import { sha256Of, unpack } from './archive';
import { BackupError } from './backup.error';
import { loadDatabase } from './database-dump';
import { backUpFrom, DUMP, MANIFEST, type BackupManifest } from './make-backup';
import { ReplacedFolder } from './replaced-folder';
import { withDatabase } from './with-database';

export interface Restored {
  readonly createdAt: string;
  /** Backup of what was there before. */
  readonly safetyCopy: string;
}

/**
 * Puts database and data folder back as they were. The archive is checked before anything changes,
 * and what is there now is backed up first: when the restore fails on its way, that is put back.
 * The server must not run meanwhile.
 *
 * @throws BackupError everything is as it was before, unless the text says otherwise
 */
export async function restoreBackup(settings: Settings, archive: string): Promise<Restored> {
  const { dataDir } = settings;
  await mkdir(dataDir, { recursive: true });
  const stage = await mkdtemp(join(dataDir, 'restore-'));
  try {
    await unpack(resolve(archive), stage);
    const manifest = await checkedManifest(stage);
    const safetyCopy = await withDatabase(settings, true, async (url) => {
      const copy = await backUpFrom(url, dataDir);
      await replaceAll({ url, dataDir, stage, dataFolder: manifest.dataFolder, safetyCopy: copy });
      return copy;
    });
    await forgetRedis(settings);
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

/** Exchanges folder and database, or neither; a mark in the folder tells of one that was killed. */
async function replaceAll(replacement: Replacement): Promise<void> {
  const { url, dataDir, stage, dataFolder, safetyCopy } = replacement;
  const mark = join(dataDir, UNFINISHED_RESTORE);
  const earlier = unfinishedRestore(dataDir);
  await writeFile(mark, `${earlier ?? safetyCopy}\n`);
  const unmark = (): Promise<void> => (earlier === null ? rm(mark) : Promise.resolve());
  const folder = await exchangeFolder(dataDir, join(stage, dataFolder)).catch(
    async (error: unknown) => {
      await unmark();
      throw error;
    },
  );
  try {
    await loadDatabase(url, join(stage, DUMP));
  } catch (error) {
    await putBack(replacement, folder, error, unmark);
  }
  await folder.forget();
  if (earlier !== null) await ReplacedFolder.forgetLeftovers(dataDir, stage);
  await rm(mark);
}

async function exchangeFolder(dataDir: string, restored: string): Promise<ReplacedFolder> {
  try {
    return await ReplacedFolder.exchange(dataDir, restored);
  } catch (error) {
    const { code, path = '' } = error as NodeJS.ErrnoException;
    throw new BackupError(
      bilingual(
        `无法替换数据目录中的 ${path}（${code ?? '未知错误'}；它是否被单独挂载？），一切保持原样`,
        `${path} in the data folder cannot be replaced (${code ?? 'unknown error'}; is it mounted separately?); everything is as it was`,
      ),
      error,
    );
  }
}

/** Always throws: with what failed, and whether everything is as it was before. */
async function putBack(
  { url, stage, safetyCopy }: Replacement,
  folder: ReplacedFolder,
  cause: unknown,
  unmark: () => Promise<void>,
): Promise<never> {
  const reason =
    cause instanceof BackupError ? cause.text : bilingual(String(cause), String(cause));
  try {
    const before = await mkdtemp(join(stage, 'before-'));
    await unpack(safetyCopy, before);
    await loadDatabase(url, join(before, DUMP));
    await folder.takeBack();
    await unmark();
  } catch {
    throw new BackupError(
      bilingual(
        `恢复失败，也无法退回：${reason.zh} 恢复前的状态保存在 ${safetyCopy}；数据库可用后请运行 npm run restore -- ${safetyCopy}`,
        `The restore failed and could not be taken back: ${reason.en} What was there before is in ${safetyCopy}; once the database can be used, run npm run restore -- ${safetyCopy}`,
      ),
      cause,
    );
  }
  throw new BackupError(
    bilingual(
      `恢复失败，一切已退回原样：${reason.zh}`,
      `The restore failed, and everything is as it was before: ${reason.en}`,
    ),
    cause,
  );
}

async function checkedManifest(stage: string): Promise<BackupManifest> {
  const text = await readFile(join(stage, MANIFEST), 'utf8').catch(() => '{}');
  const manifest = JSON.parse(text) as Partial<BackupManifest>;
  const { format, dataFolder, databaseSha256 } = manifest;
  const known = format === 1 && !!dataFolder && /^[^/]+$/.test(dataFolder) && dataFolder !== '..';
  if (!known || (await sha256Of(join(stage, DUMP)).catch(() => '')) !== databaseSha256) {
    throw new BackupError(
      bilingual(
        '备份文件不完整或已被改动，没有做任何改变',
        'The backup is incomplete or was altered; nothing was changed',
      ),
    );
  }
  return manifest as BackupManifest;
}

/** What Redis remembers belongs to the state before: jobs, counters, cached accounts. */
async function forgetRedis({ dataDir, redisUrl, redisPrefix }: Settings): Promise<void> {
  if (!redisUrl) {
    await rm(join(dataDir, 'redis', 'appendonlydir'), { recursive: true, force: true });
    return;
  }
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 1 });
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
