import type { Settings } from '../../platform/config/settings';
import { bilingual } from '../../platform/i18n/bilingual';
import { lockDataFolder } from '../../local-services/data-folder-lock';
import { DataFolderInUseError } from '../../local-services/local-service.error';
import { runningMariadbUrl, startMariadb } from '../../local-services/mariadb';
import { BackupError } from './backup.error';

/**
 * Hands the address of the installation's database to `work`: the named one, the private one that
 * runs, or the private one started for the time of the work.
 *
 * @param exclusive refuse while the server runs on its private database
 */
export async function withDatabase<T>(
  settings: Settings,
  exclusive: boolean,
  work: (url: string) => Promise<T>,
): Promise<T> {
  if (settings.databaseUrl) return work(settings.databaseUrl);
  const { dataDir } = settings;
  const unlock = lockUnlessInUse(dataDir);
  if (!unlock) {
    const url = exclusive ? null : runningMariadbUrl(dataDir, 'stackscape');
    if (url) return work(url);
    throw new BackupError(
      bilingual(
        '服务正在运行。请先停止它（Ctrl-C），再恢复备份。',
        'The server is running. Stop it first (Ctrl-C), then restore.',
      ),
    );
  }
  try {
    const mariadb = await startMariadb({
      dataDir,
      database: 'stackscape',
      mayCreateDatabases: false,
      durable: true,
      onInitialising: () => undefined,
    });
    try {
      return await work(mariadb.url);
    } finally {
      await mariadb.stop();
    }
  } finally {
    unlock();
  }
}

function lockUnlessInUse(dataDir: string): (() => void) | null {
  try {
    return lockDataFolder(dataDir);
  } catch (error) {
    if (error instanceof DataFolderInUseError) return null;
    throw error;
  }
}
