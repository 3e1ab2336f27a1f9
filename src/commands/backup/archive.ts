import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { basename, dirname } from 'node:path';
import { bilingual } from '../../platform/i18n/bilingual';
import { OperatorError } from '../../platform/errors/operator-error';

/** Parts of the data folder that a backup leaves out: the files of the private services (the database
 * is in the dump, Redis is disposable), logs, and backups. */
export const EXCLUDED = ['mariadb', 'redis', 'run', 'logs', 'backups', 'test', 'registry'] as const;

/** Packs the files of `stage` and, beside them, the data folder under its own name. */
export async function pack(
  archive: string,
  stage: string,
  files: readonly string[],
  dataDir: string,
  { compressed }: { readonly compressed: boolean },
): Promise<void> {
  const folder = basename(dataDir);
  const excludes = [...EXCLUDED, 'replaced-*', 'restore-*', 'backup-*'].map(
    (name) => `--exclude=${folder}/${name}`,
  );
  const code = await tar([
    compressed ? '-czf' : '-cf',
    archive,
    // Only at the top: an app may have a folder `redis` of its own.
    ...(process.platform === 'linux' ? ['--anchored'] : []),
    ...excludes,
    '-C',
    stage,
    ...files,
    '-C',
    dirname(dataDir),
    folder,
  ]);
  // 1: a file changed while it was read, as app data may at any time; the archive is complete.
  if (code > 1) {
    throw new OperatorError(bilingual('打包数据目录失败', 'The data folder could not be packed'));
  }
}

/** Unpacks an archive into an empty folder. */
export async function unpack(archive: string, into: string): Promise<void> {
  if ((await tar(['-xf', archive, '-C', into])) !== 0) {
    throw new OperatorError(
      bilingual(`${archive} 不是完整的备份文件`, `${archive} is not a complete backup file`),
    );
  }
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function tar(args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    execFile('tar', [...args], (error) =>
      resolve(error ? (typeof error.code === 'number' ? error.code : 2) : 0),
    );
  });
}
