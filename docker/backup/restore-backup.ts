import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import type { Settings } from '../../src/platform/config/settings';
import { bilingual } from '../../src/platform/i18n/bilingual';
import { leftOut, sha256Of, unpack } from './archive';
import { BackupError } from './backup.error';
import { loadDatabase } from './database-dump';
import { backUpFrom, DUMP, MANIFEST, type BackupManifest } from './make-backup';
import { withDatabase } from './with-database';

export interface Restored {
  readonly createdAt: string;
  /** Backup of what was there before. */
  readonly safetyCopy: string;
}

/**
 * Puts database and data folder back as they were. The archive is checked before anything changes,
 * and what is there now is backed up first. The server must not run meanwhile.
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
      await loadDatabase(url, join(stage, DUMP));
      return copy;
    });
    await swapFolder(dataDir, join(stage, manifest.dataFolder));
    await forgetRedis(settings);
    return { createdAt: manifest.createdAt, safetyCopy };
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
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

/** Everything of the data folder but what a backup leaves out is replaced. */
async function swapFolder(dataDir: string, restored: string): Promise<void> {
  const kept = new Set<string>(leftOut);
  const replaced = await mkdtemp(join(dataDir, 'replaced-'));
  for (const name of await readdir(dataDir)) {
    if (kept.has(name) || /^(restore|replaced|backup)-/.test(name)) continue;
    await rename(join(dataDir, name), join(replaced, name));
  }
  for (const name of await readdir(restored)) {
    await rename(join(restored, name), join(dataDir, name));
  }
  await rm(replaced, { recursive: true, force: true });
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
