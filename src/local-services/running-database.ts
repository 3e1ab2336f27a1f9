import type { Settings } from '../platform/config/settings';
import { OperatorError } from '../platform/errors/operator-error';
import { bilingual } from '../platform/i18n/bilingual';
import { DataFolderInUseError } from './data-folder-in-use.error';
import { lockDataFolder } from './data-folder-lock';
import { mariadbAnswers, runningMariadbUrl, startMariadb } from './mariadb';

/**
 * Gives `work` the address of the installation's database, for a command beside the server: the named
 * one, the private one of a running `npm start`, or the private one started for as long as `work` takes.
 *
 * @param access `exclusive` refuses while a server runs on the private database
 * @throws OperatorError when it does, or when a start is under way whose database does not answer yet
 */
export async function withDatabase<T>(
  { dataDir, databaseUrl }: Pick<Settings, 'dataDir' | 'databaseUrl'>,
  access: 'shared' | 'exclusive',
  work: (url: string) => Promise<T>,
): Promise<T> {
  if (databaseUrl) return work(databaseUrl);
  let unlock: () => void;
  try {
    unlock = lockDataFolder(dataDir);
  } catch (error) {
    if (!(error instanceof DataFolderInUseError)) throw error;
    if (access === 'exclusive') throw serverRuns();
    const url = runningMariadbUrl(dataDir);
    if (url !== null && (await mariadbAnswers(url))) return work(url);
    throw error;
  }
  try {
    const mariadb = await startMariadb({ dataDir });
    try {
      return await work(mariadb.url);
    } finally {
      await mariadb.stop();
    }
  } finally {
    unlock();
  }
}

function serverRuns(): OperatorError {
  return new OperatorError(
    bilingual(
      '服务正在运行。请先停止它（Ctrl-C），再恢复备份。',
      'The server is running. Stop it first (Ctrl-C), then restore.',
    ),
  );
}
