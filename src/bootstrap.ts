import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createApp } from './app.setup';
import { EngineOwner } from './apps/engine-owner/engine-owner';
import { HomeWatch } from './apps/engine-owner/home-watch';
import { roleHere } from './apps/engine-owner/role-here';
import { EngineError } from './platform/docker/engine.errors';
import { isAnyAddress } from './platform/addresses/any-address';
import { loadSettings, type Environment } from './platform/config/load-settings';
import { protectDataFolder } from './platform/config/data-folder';
import { unfinishedRestore } from './platform/config/unfinished-restore';
import { OperatorError } from './platform/errors/operator-error';
import { bilingual } from './platform/i18n/bilingual';
import { SettingsError, type Settings } from './platform/config/settings';
import { DatabaseUnavailableError, isConnectionFailure } from './platform/database/database-errors';
import { sleep } from './platform/waiting/sleep';
import { dataSourceOptions } from './schema/data-source-options';
import { migrate } from './schema/migrate';

const PAUSE_MS = 1_000;
/** Of the attempts to reach the database one in so many is logged: one line in 30 s. */
const LOG_EVERY = 30;

export interface RunningServer {
  /** The present one: a worker whose node becomes a home of apps starts anew. */
  readonly app: NestFastifyApplication;
  readonly settings: Settings;
  /** Where it answers, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  close(): Promise<void>;
}

/** What is done to each application that it runs. */
type Prepare = (app: NestFastifyApplication) => void;

/**
 * Runs the pending migrations and starts the server. The caller ends it with `close()`.
 * A database that does not answer is waited for, with a line in the log.
 * @throws OperatorError after a restore that was broken off, when the database or Redis is not named or the database refuses the sign-in
 */
export async function startServer(
  settings: Settings,
  prepare: Prepare = () => undefined,
): Promise<RunningServer> {
  refuseHalfRestored(settings);
  protectDataFolder(settings.dataDir);
  requireAddresses(settings);
  const server = new Server(settings, prepare);
  await server.start();
  return server;
}

class Server implements RunningServer {
  private running: Running | null = null;
  private isClosed = false;
  private ending: Promise<void> = Promise.resolve();

  constructor(
    private readonly asSet: Settings,
    private readonly prepare: Prepare,
  ) {}

  get app() {
    return this.present.app;
  }
  get settings() {
    return this.present.settings;
  }
  get url() {
    return this.present.url;
  }

  private get present(): Running {
    if (!this.running) throw new Error('the server does not run');
    return this.running;
  }

  async start(): Promise<void> {
    const running = await whileDatabaseIsAway(() => run(this.asSet));
    this.running = running;
    this.prepare(running.app);
    if (running.settings.role !== 'node')
      running.app.get(EngineOwner).onRefused((reason) => void this.refuse(reason));
    if (running.settings.role !== this.asSet.role)
      running.app.get(HomeWatch).onHome(() => {
        this.ending = this.startAnew();
      });
  }

  /** As a worker of a home, with all that it does. */
  private async startAnew(): Promise<void> {
    new Logger('Swarm').log('this node is a home of apps now: the worker starts anew as one of it');
    try {
      const { app } = this;
      this.running = null;
      await app.close();
      if (!this.isClosed) await this.start();
    } catch (error) {
      endProcess(error);
    }
  }

  private async refuse(reason: OperatorError): Promise<void> {
    await this.close().catch(() => undefined);
    endProcess(reason);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.ending;
    await this.running?.app.close();
  }
}

type Running = Omit<RunningServer, 'close'>;

async function run(asSet: Settings): Promise<Running> {
  const databaseUrl = asSet.databaseUrl ?? '';
  await migrate(databaseUrl);
  const settings = await roleHere(
    asSet,
    () => new DataSource({ ...dataSourceOptions(databaseUrl), poolSize: 1 }),
  );
  const app = await createApp(settings);
  try {
    await app.listen(settings.port, settings.host);
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
  const scheme = settings.tlsCert ? 'https' : 'http';
  const address = app.getHttpServer().address() as { port: number };
  const host = isAnyAddress(settings.host) ? 'localhost' : settings.host;
  return { app, settings, url: `${scheme}://${host}:${address.port}` };
}

/** After a reboot everything starts at once: a database that does not answer yet is waited for. */
async function whileDatabaseIsAway<T>(work: () => Promise<T>): Promise<T> {
  const logger = new Logger('Database');
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const { code } = error as { code?: string };
      if (/^ER_(ACCESS_DENIED|DBACCESS)/.test(code ?? '')) throw databaseRefused(code ?? '');
      if (!isConnectionFailure(error) && !(error instanceof DatabaseUnavailableError)) throw error;
      if (attempt % LOG_EVERY === 0)
        logger.warn(
          `DATABASE_URL: the database does not answer (${code ?? String(error)}); waiting for it`,
        );
      await sleep(PAUSE_MS);
    }
  }
}

/**
 * Starts one process of the product: settings, pending migrations, then the server. Wrong settings
 * end the process with status 2 and all problems listed. SIGTERM and SIGINT shut it down in order.
 */
export async function bootstrap(environment?: Environment): Promise<RunningServer> {
  process.on('unhandledRejection', reportEngineFailure);
  return startServer(settingsOrExit(environment), (app) => {
    app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  });
}

/** With status 1 and the reason, in both languages where an operator has to act. */
export function endProcess(error: unknown): never {
  const reason =
    error instanceof OperatorError ? `${error.text.en}\n${error.text.zh}` : (error as Error).stack;
  process.stderr.write(`${reason ?? String(error)}\n`);
  process.exit(1);
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

function requireAddresses({ databaseUrl, redisUrl }: Settings): void {
  if (databaseUrl && redisUrl) return;
  const name = databaseUrl ? 'REDIS_URL' : 'DATABASE_URL';
  throw new OperatorError(
    bilingual(
      `未设置 ${name}；请设置，或运行 npm start 自动启动。`,
      `${name} is not set; name one, or run npm start, which brings up a private one.`,
    ),
  );
}

function databaseRefused(code: string): OperatorError {
  return new OperatorError(
    bilingual(
      `DATABASE_URL 指定的数据库拒绝登录（${code}）：请检查用户名、密码和权限。`,
      `The database that DATABASE_URL names refuses the sign-in (${code}): check user, password and rights.`,
    ),
  );
}

function settingsOrExit(environment?: Environment): Settings {
  try {
    return loadSettings(environment);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(
      `${error.message}\ndocs/settings.md lists every setting. / 所有设置见 docs/zh/settings.md。\n`,
    );
    process.exit(2);
  }
}
