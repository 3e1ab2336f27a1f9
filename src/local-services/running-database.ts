import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { lockDataFolder } from './data-folder-lock';
import { startMariadb } from './mariadb';
import { storedSecret } from '../platform/secrets/stored-secret';

export interface ReachableDatabase {
  readonly url: string;
  /** Ends what had to be started for it; nothing where the database ran already. */
  stop(): Promise<void>;
}

const DATABASE = 'stackscape';

/**
 * The database of this installation for a command beside the server: the named one, the private one
 * of a running `npm start`, or the private one started for as long as the command takes.
 *
 * @throws DataFolderInUseError when a start is under way but its database does not answer yet
 */
export async function reachDatabase(
  dataDir: string,
  databaseUrl: string | null,
): Promise<ReachableDatabase> {
  if (databaseUrl) return { url: databaseUrl, stop: () => Promise.resolve() };
  const running = await privateDatabaseUrl(dataDir);
  if (running) return { url: running, stop: () => Promise.resolve() };
  const unlock = lockDataFolder(dataDir);
  try {
    const mariadb = await startMariadb({
      dataDir,
      database: DATABASE,
      mayCreateDatabases: false,
      durable: true,
      onInitialising: () => undefined,
    });
    return {
      url: mariadb.url,
      stop: async () => {
        await mariadb.stop();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Where the private database of this data folder answers, or null when it does not run. */
async function privateDatabaseUrl(dataDir: string): Promise<string | null> {
  try {
    const port = Number(readFileSync(join(dataDir, 'mariadb', 'port'), 'utf8'));
    const password = storedSecret(dataDir, 'mariadb-password', 24).toString('hex');
    const url = `mysql://stackscape:${password}@127.0.0.1:${port}/${DATABASE}`;
    const connection = await createConnection({ uri: url, connectTimeout: 2_000 });
    await connection.end();
    return url;
  } catch {
    return null;
  }
}
