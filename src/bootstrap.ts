import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from '@nestjs/common';
import { createApp } from './app.setup';
import { EngineError } from './platform/docker/engine.errors';
import { loadSettings, type Environment } from './platform/config/load-settings';
import { unfinishedRestore } from './platform/config/unfinished-restore';
import { OperatorError } from './platform/errors/operator-error';
import { bilingual } from './platform/i18n/bilingual';
import { SettingsError, type Settings } from './platform/config/settings';
import { isConnectionFailure } from './platform/database/database-errors';
import { migrate } from './schema/migrate';

export interface RunningServer {
  readonly app: NestFastifyApplication;
  readonly settings: Settings;
  /** Where it answers, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
}

/**
 * Runs the pending migrations and starts the server. The caller ends it with `app.close()`.
 * @throws OperatorError after a restore that was broken off, when the database or Redis is not named or the database does not answer
 */
export async function startServer(settings: Settings): Promise<RunningServer> {
  refuseHalfRestored(settings);
  await prepareDatabase(settings);
  const app = await createApp(settings);
  await app.listen(settings.port, settings.host);
  const scheme = settings.tlsCert ? 'https' : 'http';
  const address = app.getHttpServer().address() as { port: number };
  const host = settings.host === '0.0.0.0' || settings.host === '::' ? 'localhost' : settings.host;
  return { app, settings, url: `${scheme}://${host}:${address.port}` };
}

/**
 * Starts one process of the product: settings, pending migrations, then the server. Wrong settings
 * end the process with status 2 and all problems listed. SIGTERM and SIGINT shut it down in order.
 */
export async function bootstrap(environment?: Environment): Promise<RunningServer> {
  process.on('unhandledRejection', reportEngineFailure);
  const server = await startServer(settingsOrExit(environment));
  server.app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  return server;
}

/** A call of the engine that nobody waits for any more must not end the process; any other defect still does. */
function reportEngineFailure(reason: unknown): void {
  if (!(reason instanceof EngineError)) throw reason;
  new Logger('Engine').error(reason, 'a call failed that nothing waits for');
}

function refuseHalfRestored({ dataDir }: Settings): void {
  const before = unfinishedRestore(dataDir);
  if (before === null) return;
  throw new OperatorError(
    bilingual(
      `上次恢复备份被中断，数据不完整。请运行 npm run restore -- ${before} 回到恢复前的状态。`,
      `The last restore of a backup was broken off, so the data is not whole. Run npm run restore -- ${before} to go back to the state before it.`,
    ),
  );
}

async function prepareDatabase({ databaseUrl, redisUrl }: Settings): Promise<void> {
  if (!databaseUrl || !redisUrl) {
    const name = databaseUrl ? 'REDIS_URL' : 'DATABASE_URL';
    throw new OperatorError(
      bilingual(
        `未设置 ${name}；请设置，或运行 npm start 自动启动。`,
        `${name} is not set; name one, or run npm start, which brings up a private one.`,
      ),
    );
  }
  try {
    await migrate(databaseUrl);
  } catch (error) {
    const { code } = error as { code?: string };
    if (!isConnectionFailure(error) && !/^ER_(ACCESS_DENIED|DBACCESS)/.test(code ?? ''))
      throw error;
    throw new OperatorError(
      bilingual(
        `无法使用 DATABASE_URL 指定的数据库（${code ?? '无响应'}）：请检查它是否在运行，以及地址、用户名和密码。`,
        `The database that DATABASE_URL names cannot be used (${code ?? 'no answer'}): check that it runs, and its address, user and password.`,
      ),
    );
  }
}

function settingsOrExit(environment?: Environment): Settings {
  try {
    return loadSettings(environment);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(
      `${error.message}\nThe README lists every setting. / 所有设置见 README。\n`,
    );
    process.exit(2);
  }
}
