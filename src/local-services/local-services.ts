import { resolve } from 'node:path';
import { bilingual, type Bilingual } from '../platform/i18n/bilingual';
import { lockDataFolder } from './data-folder-lock';
import { ensureDockerEngine } from './docker-engine';
import { makeWritableFolder } from './writable-folder';
import { findBinary } from './find-binary';
import { LocalServiceError } from './local-service.error';
import { missingMariadb, startMariadb } from './mariadb';
import { missingRedis, startRedis } from './redis';

export interface LocalServicesOptions {
  /** Where the private services keep data, logs and passwords. */
  readonly dataDir: string;
  /** What is named already: such a service is used, never started. */
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  readonly dockerHost?: string;
  /** Throw-away services of a test run: may create databases, not durable. Default false. */
  readonly forTests?: boolean;
  readonly onProgress?: (step: Bilingual) => void;
}

export interface LocalServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** What is not available and why. */
  readonly notes: readonly Bilingual[];
  /** Ends what this call started, in reverse order, and nothing else. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Brings up what the environment does not name: a private MariaDB, a private Redis, and a Docker
 * engine where none answers and we may start one.
 *
 * @throws LocalServiceError when the database or Redis is neither named nor installed, or does not
 *   start; whatever had been started by then is ended again
 * @throws DataFolderInUseError when a live start of ours uses the same data folder
 */
export async function startLocalServices(options: LocalServicesOptions): Promise<LocalServices> {
  const dataDir = resolve(options.dataDir);
  const progress = options.onProgress ?? (() => undefined);
  refuseIfNotInstalled(options);
  makeWritableFolder(dataDir);
  const undo: Array<() => Promise<void> | void> = [];
  const stop = async (): Promise<void> => {
    for (let end = undo.pop(); end; end = undo.pop()) await end();
  };
  try {
    if (!options.databaseUrl || !options.redisUrl || !options.dockerHost) {
      undo.push(lockDataFolder(dataDir));
    }
    let { databaseUrl, redisUrl } = options;
    if (!databaseUrl) {
      progress(bilingual('启动私有 MariaDB', 'Starting the private MariaDB'));
      const mariadb = await startMariadb({
        dataDir,
        database: 'stackscape',
        mayCreateDatabases: options.forTests ?? false,
        durable: !options.forTests,
        onInitialising: () =>
          progress(
            bilingual(
              '  首次启动：建立数据库系统表（需要几秒钟）',
              '  First start: creating its system tables (takes a few seconds)',
            ),
          ),
      });
      undo.push(() => mariadb.stop());
      databaseUrl = mariadb.url;
    }
    if (!redisUrl) {
      progress(bilingual('启动私有 Redis', 'Starting the private Redis'));
      const redis = await startRedis(dataDir);
      undo.push(() => redis.stop());
      redisUrl = redis.url;
    }
    const engine = await ensureDockerEngine(dataDir, options.dockerHost, () =>
      progress(bilingual('启动 Docker', 'Starting Docker')),
    );
    if (engine.stop) undo.push(engine.stop);
    return { databaseUrl, redisUrl, notes: engine.note ? [engine.note] : [], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** All that is missing, said at once. */
function refuseIfNotInstalled(options: LocalServicesOptions): void {
  const missing: Bilingual[] = [];
  if (!options.databaseUrl && !findBinary('mariadbd')) missing.push(missingMariadb);
  if (!options.redisUrl && !findBinary('redis-server')) missing.push(missingRedis);
  if (missing.length === 0) return;
  throw new LocalServiceError({
    zh: missing.map((text) => text.zh).join('\n'),
    en: missing.map((text) => text.en).join('\n'),
  });
}
