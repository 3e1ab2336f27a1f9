// `npm start`: starts private services for what the environment does not name, then the server, in this
// process or, with API_PROCESSES, in several. Ctrl-C stops the server first, then these services.
import { startServer } from '../bootstrap';
import { loadSettings, type Environment } from '../platform/config/load-settings';
import { bilingual, type Bilingual } from '../platform/i18n/bilingual';
import { requireListenable } from '../local-services/listen-address';
import { ProcessGroup } from './processes/process-group';
import { describeServer, type StartedServer } from './processes/started-server';
import { readArguments } from './terminal/arguments';
import { printFailure, printLine } from './terminal/terminal';
import { startLocalServices, type LocalServices } from '../local-services/local-services';

let services: LocalServices | null = null;
let stopServer: (() => Promise<void>) | null = null;
let stopping: Promise<void> | null = null;
let firstSignalAt = 0;

const SAME_SIGNAL_MS = 1_000;

const USAGE = bilingual(
  '用法：npm start（设置来自环境变量，见 docs/zh/settings.md）',
  'Usage: npm start (settings come from the environment, see docs/settings.md)',
);

async function start(): Promise<void> {
  if (!readArguments(USAGE, [0, 0])) return;
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
  const started = await startIn(environment);
  if (!stopping) welcome(started, services.notes);
}

async function startIn(environment: Environment): Promise<StartedServer> {
  const settings = loadSettings(environment);
  if (settings.apiProcesses > 1) {
    const group = new ProcessGroup(settings, environment);
    stopServer = () => group.stop();
    return group.start();
  }
  const server = await startServer(settings);
  stopServer = () => server.close();
  return describeServer(server);
}

/** The fragment of an address stays in the browser: no log on the way records the token. */
const becomeAdministrator = (url: string, token: string): Bilingual =>
  bilingual(
    `  打开此链接创建管理员（第一个账号）：\n    ${url}/#/register?setup=${token}\n  接口文档和试用：${url}/docs#setup-token=${token}`,
    `  Open this link to make the administrator, the first account:\n    ${url}/#/register?setup=${token}\n  API and try-out (Swagger UI): ${url}/docs#setup-token=${token}`,
  );
const signIn = (url: string): Bilingual =>
  bilingual(
    `  打开 ${url} 登录；忘记密码时运行 npm run admin -- reset <用户名>\n  接口文档和试用：${url}/docs`,
    `  Open ${url} to sign in; npm run admin -- reset <name> resets a forgotten password\n  API and try-out (Swagger UI): ${url}/docs`,
  );

const REDIS_AWAY = bilingual(
  'REDIS_URL 指定的 Redis 没有响应；计算和安装会在它恢复后继续',
  'the Redis named in REDIS_URL does not answer; computations and installs continue once it does',
);

function welcome(
  { url, setupToken, redisAnswers }: StartedServer,
  known: readonly Bilingual[],
): void {
  const notes = redisAnswers ? known : [...known, REDIS_AWAY];
  printLine('');
  printLine(bilingual(`StackScape 已启动：${url}`, `StackScape is running at ${url}`));
  printLine(setupToken === null ? signIn(url) : becomeAdministrator(url, setupToken));
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
    await stopServer?.();
    await services?.stop();
  })();
  return stopping;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopping) {
      // A Ctrl-C reaches this process twice: from the terminal and passed on by npm.
      if (performance.now() - firstSignalAt < SAME_SIGNAL_MS) return;
      // The services get SIGTERM when this process exits.
      process.exit(130);
    }
    firstSignalAt = performance.now();
    printLine(
      bilingual('\n正在停止……（再按一次立即退出）', '\nStopping … (press again to exit at once)'),
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
  const status = printFailure(error);
  void stop().finally(() => process.exit(status));
}

start().catch((error: unknown) => {
  if (!stopping) fail(error);
});
