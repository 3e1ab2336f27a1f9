import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Settings } from '../../platform/config/settings';
import { pack, sha256Of } from './archive';
import { dumpDatabase } from './database-dump';
import { withDatabase } from '../../local-services/running-database';

/** Describes a backup; the file `manifest.json` in it. */
export interface BackupManifest {
  readonly format: 1;
  readonly createdAt: string;
  /** Name of the data folder inside the archive. */
  readonly dataFolder: string;
  readonly databaseSha256: string;
}

export const MANIFEST = 'manifest.json';
export const DUMP = 'database.sql';

/**
 * Writes the database and the data folder into one file, readable by its owner only because it
 * contains the installation's keys. May run beside the server: the database is dumped in one snapshot
 * and the folder after it, so that every file that a row refers to is in the archive.
 *
 * @param target file to write; default `<data folder>/backups/stackscape-<time>.tar.gz`
 * @returns the file
 */
export async function makeBackup(settings: Settings, target?: string): Promise<string> {
  return withDatabase(settings, 'shared', (url) => backUpFrom(url, settings.dataDir, target));
}

/** The same, from a running database; compressed unless the name of the file ends with `.tar`. */
export async function backUpFrom(url: string, dataDir: string, target?: string): Promise<string> {
  const createdAt = new Date().toISOString();
  const stamp = createdAt.replace(/\.\d+/, '').replace(/[-:]/g, '');
  const file = resolve(target ?? join(dataDir, 'backups', `stackscape-${stamp}.tar.gz`));
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const stage = await mkdtemp(join(dataDir, 'backup-'));
  const unfinished = `${file}.part`;
  try {
    await dumpDatabase(url, join(stage, DUMP));
    const manifest: BackupManifest = {
      format: 1,
      createdAt,
      dataFolder: basename(dataDir),
      databaseSha256: await sha256Of(join(stage, DUMP)),
    };
    await writeFile(join(stage, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    await writeFile(unfinished, '', { mode: 0o600 });
    const compressed = !file.endsWith('.tar');
    await pack(unfinished, stage, [MANIFEST, DUMP], dataDir, { compressed });
    await chmod(unfinished, 0o600);
    await rename(unfinished, file);
    return file;
  } finally {
    await rm(unfinished, { force: true });
    await rm(stage, { recursive: true, force: true });
  }
}
