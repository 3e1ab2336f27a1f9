// `npm start`: what the environment does not name is brought up privately, then the server runs in
// this process. Ctrl-C ends the server first, then what was started here, and nothing else.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { StartFailure, startServer } from '../bootstrap';
import { loadSettings } from '../platform/config/load-settings';
import { SettingsError } from '../platform/config/settings';
import { bilingual, type Bilingual } from '../platform/i18n/bilingual';
import { RedisService } from '../platform/redis/redis.service';
import { RegistrationService } from '../users/registration.service';
import { requireListenable } from '../local-services/listen-address';
import { LocalServiceError } from '../local-services/local-service.error';
import { printError, printLine } from './terminal/terminal';
import { startLocalServices, type LocalServices } from '../local-services/local-services';

let services: LocalServices | null = null;
let app: NestFastifyApplication | null = null;
let stopping: Promise<void> | null = null;
let askedAt = 0;

const SAME_ASKING_MS = 1_000;

async function start(): Promise<void> {
  const environment = { ...process.env };
  const named = loadSettings(environment);
  await requireListenable(named.host, named.port);
  services = await startLocalServices({
    dataDir: named.dataDir,
    databaseUrl: named.databaseUrl ?? undefined,
    redisUrl: named.redisUrl ?? undefined,
    dockerHost: environment.DOCKER_HOST || undefined,
    onProgress: printLine,
  });
  if (!named.databaseUrl) environment.DATABASE_URL = services.databaseUrl;
  if (!named.redisUrl) environment.REDIS_URL = services.redisUrl;
  if (stopping) return;
  printLine(bilingual('更新数据库结构，启动服务', 'Migrating the database, starting the server'));
  const server = await startServer(loadSettings(environment));
  app = server.app;
  if (stopping) return;
  const redis = server.app.get(RedisService);
  const answers = await redisAnswers(redis);
  const firstAccount = await server.app.get(RegistrationService).firstAdminIsMissing();
  const notes = answers ? services.notes : [...services.notes, REDIS_AWAY];
  welcome(server.url, firstAccount ? BECOME_ADMINISTRATOR : SIGN_IN, notes);
}

const BECOME_ADMINISTRATOR = bilingual(
  '  第一个注册的用户成为管理员：在接口文档中调用 POST /api/v1/user/register，或运行 npm run demo',
  '  The first account to register becomes the administrator: POST /api/v1/user/register in Swagger UI, or npm run demo',
);
const SIGN_IN = bilingual(
  '  已有管理员：在接口文档中调用 POST /api/v1/user/login 登录；忘记密码时运行 npm run admin -- reset <用户名>',
  '  There is an administrator already: sign in with POST /api/v1/user/login in Swagger UI; a forgotten password is reset by npm run admin -- reset <name>',
);

const REDIS_AWAY = bilingual(
  'REDIS_URL 指定的 Redis 没有响应；计算和安装会在它恢复后继续',
  'the Redis that REDIS_URL names does not answer; computations and installs go on once it does',
);

/** The connection is made in the background: it gets two seconds. */
async function redisAnswers(redis: RedisService): Promise<boolean> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if (await redis.client.ping().catch(() => null)) return true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}

function welcome(url: string, howToSignIn: Bilingual, notes: readonly Bilingual[]): void {
  printLine('');
  printLine(bilingual(`StackScape 已启动：${url}`, `StackScape is running at ${url}`));
  printLine(
    bilingual(`  接口文档和试用：${url}/docs`, `  API and try-out (Swagger UI): ${url}/docs`),
  );
  printLine(howToSignIn);
  if (notes.length === 0) {
    printLine(bilingual('  所有功能可用', '  Everything is available'));
  }
  for (const note of notes) {
    printLine(bilingual(`  不可用：${note.zh}`, `  Not available: ${note.en}`));
  }
  printLine(bilingual('  按 Ctrl-C 停止', '  Ctrl-C stops it'));
  printLine('');
}

function stop(): Promise<void> {
  stopping ??= (async () => {
    await app?.close();
    await services?.stop();
  })();
  return stopping;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopping) {
      // A Ctrl-C reaches this process twice: from the terminal and passed on by npm.
      if (performance.now() - askedAt < SAME_ASKING_MS) return;
      // Asked again: no more waiting. What was started here is told to end when this process exits.
      process.exit(130);
    }
    askedAt = performance.now();
    printLine(
      bilingual('\n正在停止……（再按一次立即退出）', '\nStopping … (once more to exit at once)'),
    );
    stop()
      .then(() => {
        printLine(bilingual('已停止', 'Stopped'));
        process.exit(0);
      })
      .catch(fail);
  });
}

function fail(error: unknown): void {
  if (error instanceof SettingsError) {
    printError(error.message);
    printError(bilingual('所有设置见 README。', 'The README lists every setting.'));
  } else if (error instanceof StartFailure) {
    printError(error.text);
  } else if (error instanceof LocalServiceError) {
    printError(error.text);
    if (error.cause instanceof Error) printError(error.cause.message);
  } else {
    printError(bilingual('启动失败：', 'The start failed:'));
    printError(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const status = error instanceof SettingsError ? 2 : 1;
  void stop().finally(() => process.exit(status));
}

start().catch(fail);
