import { resolve } from 'node:path';
import { OperatorError } from '../platform/errors/operator-error';
import { bilingual, type Bilingual } from '../platform/i18n/bilingual';
import { lockDataFolder } from './data-folder-lock';
import { ensureDockerEngine } from './docker-engine';
import { makeWritableFolder } from './writable-folder';
import { findBinary } from './find-binary';
import { missingMariadb, startMariadb } from './mariadb';
import { missingRedis, startRedis } from './redis';

export interface LocalServicesOptions {
  /** Where the private services keep data, logs and passwords. */
  readonly dataDir: string;
  /** Named services are used, never started. */
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  readonly dockerHost?: string;
  /** Throw-away services of a test run. Default false. */
  readonly forTests?: boolean;
  readonly onProgress?: (step: Bilingual) => void;
}

export interface LocalServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** What is not available and why. */
  readonly notes: readonly Bilingual[];
  /** Stops what this call started, in reverse order. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts what the environment does not name: a private MariaDB, a private Redis, and a Docker
 * engine when none answers and we may start one.
 *
 * @throws OperatorError when the database or Redis is neither named nor installed, or does not start;
 *   what was started by then is stopped again
 * @throws DataFolderInUseError when a live process of ours uses the same data folder
 */
export async function startLocalServices(options: LocalServicesOptions): Promise<LocalServices> {
  const dataDir = resolve(options.dataDir);
  const progress = options.onProgress ?? (() => undefined);
  requireInstalled(options);
  makeWritableFolder(dataDir);
  const started: Array<() => Promise<void> | void> = [];
  const stop = async (): Promise<void> => {
    for (let end = started.pop(); end; end = started.pop()) await end();
  };
  try {
    if (!options.databaseUrl || !options.redisUrl || !options.dockerHost) {
      started.push(lockDataFolder(dataDir));
    }
    let { databaseUrl, redisUrl } = options;
    if (!databaseUrl) {
      progress(bilingual('启动私有 MariaDB', 'Starting the private MariaDB'));
      const mariadb = await startMariadb({
        dataDir,
        forTests: options.forTests,
        onInitialising: () =>
          progress(
            bilingual(
              '  首次启动：创建数据库系统表（需要几秒钟）',
              '  First start: creating its system tables (takes a few seconds)',
            ),
          ),
      });
      started.push(() => mariadb.stop());
      databaseUrl = mariadb.url;
    }
    if (!redisUrl) {
      progress(bilingual('启动私有 Redis', 'Starting the private Redis'));
      const redis = await startRedis(dataDir);
      started.push(() => redis.stop());
      redisUrl = redis.url;
    }
    const engine = await ensureDockerEngine(dataDir, options.dockerHost, () =>
      progress(bilingual('启动 Docker', 'Starting Docker')),
    );
    if (engine.stop) started.push(engine.stop);
    return { databaseUrl, redisUrl, notes: engine.note ? [engine.note] : [], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @throws OperatorError that names everything missing at once */
function requireInstalled(options: LocalServicesOptions): void {
  const missing: Bilingual[] = [];
  if (!options.databaseUrl && !findBinary('mariadbd')) missing.push(missingMariadb);
  if (!options.redisUrl && !findBinary('redis-server')) missing.push(missingRedis);
  if (missing.length === 0) return;
  const lines = (language: 'zh' | 'en') => missing.map((text) => text[language]).join('\n');
  throw new OperatorError(bilingual(lines('zh'), lines('en')));
}
