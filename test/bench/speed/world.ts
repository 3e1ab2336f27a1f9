import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { passwordDigest } from '../../../src/auth/passwords/password-digest';
import { startLocalServices, type LocalServices } from '../../../src/local-services/local-services';
import { migrate } from '../../../src/schema/migrate';
import { pollUntil } from '../../support/poll-until';
import { setupTokenHeader } from '../../support/setup-token';
import { buildStandIn, removeStandIn } from '../../support/stand-in-image';
import {
  root,
  startBareNest,
  startNodeBaseline,
  startProduct,
  startPythonBaseline,
  stopAll,
  stopServer,
  type OwnServer,
  type Variables,
} from './processes';

const JWT_SECRET = 'a secret of the bench that is long enough for HS256';
/** Of every account. */
export const PLAIN_PASSWORD = 'bench';
const PASSWORD = passwordDigest(PLAIN_PASSWORD);
export const BENCH_IMAGE = 'stackscape-bench/app:1';

export interface Account {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  /** Empty until signed in. */
  token: string;
}

interface Answer {
  data: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- as JSON gives it
}

/** Everything that the rows need, started for this run only and ended with it. */
export class World {
  readonly users: Account[] = [];
  apps: string[] = [];
  admin!: Account;
  product!: OwnServer;
  /** The same, with a log line for each request. */
  logged!: OwnServer;
  baseline!: OwnServer;
  python: OwnServer | null = null;
  db!: Pool;
  engine = false;
  private services: Promise<LocalServices> | undefined;
  readonly folder = join(root, '.data', `bench-${process.pid}`);
  private readonly prefix = `bench${process.pid}-`;
  private environment: Variables = {};
  private imageBuilt = false;

  async start(userCount: number): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    this.services = startLocalServices({ dataDir: this.folder });
    const { databaseUrl, redisUrl } = await this.services;
    await migrate(databaseUrl);
    this.db = createPool({ uri: databaseUrl, timezone: 'Z' });
    await this.db.query(
      `CREATE TABLE bench_tasks (id BIGINT AUTO_INCREMENT PRIMARY KEY, pid BIGINT, ctdna SMALLINT,
         cpg SMALLINT, createdAt DATETIME(3))`,
    );
    const environment = {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      DATA_DIR: join(this.folder, 'product'),
      JWT_SECRET,
      CATALOG_PATHS: `${join(this.folder, 'catalog')}=trusted`,
      CONTAINER_PREFIX: this.prefix,
      APP_BIND: '127.0.0.1',
      LOG_PRETTY: 'false',
      LOG_LEVEL: 'warn',
      THROTTLE_LOGIN: 'off',
      COMPUTE_DAILY_QUOTA: '1000000000',
      ACCESS_TOKEN_SECONDS: '86400',
    };
    this.environment = environment;
    await this.writeCatalog();
    this.product = await startProduct(environment, join(this.folder, 'product.log'));
    this.logged = await startProduct(
      { ...environment, ROLE: 'api', LOG_LEVEL: 'info' },
      join(this.folder, 'logged.log'),
    );
    this.baseline = await startNodeBaseline('baseline-server.ts', environment);
    this.python = await startPythonBaseline({ CONTAINER_PREFIX: this.prefix });
    await this.signUp(userCount);
    this.engine = (await this.call('GET', '/searchServer')).data.docker?.state === 'up';
  }

  async stop(): Promise<void> {
    if (this.apps.length > 0)
      await this.call('POST', '/uninstallAllApp', { removeData: true }).catch(() => undefined);
    await stopAll();
    await removeStandIn(BENCH_IMAGE).catch(() => undefined);
    await this.db?.end();
    // Broken off while they start: what has started is stopped too.
    await this.services?.then(
      (services) => services.stop(),
      () => undefined,
    );
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A call of the administrator; the answer must be a success. */
  async call(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    token = this.admin.token,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(this.product.url + path, {
      method,
      headers: { token, ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      body: body ? JSON.stringify(body) : undefined,
    });
    const answer = (await response.json()) as Answer;
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  async rows<T>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.db.query<RowDataPacket[]>(sql, values))[0] as T[];
  }

  /** Installs apps until `count` are running. */
  async installApps(count: number): Promise<void> {
    await this.prepareImage();
    const wanted = Array.from({ length: count }, (_, i) => `bench${i}`);
    for (const name of wanted.filter((each) => !this.apps.includes(each))) {
      await this.call('POST', '/installApp', { appName: name });
      this.apps.push(name);
    }
    await this.untilRunning(count, 500);
  }

  async untilRunning(count: number, everyMs: number): Promise<void> {
    await pollUntil(
      `${count} apps to run`,
      async () => {
        const { data } = await this.call('GET', '/getAllAppInfo');
        return (
          (data as { status: string }[]).filter(({ status }) => status === '1').length >= count
        );
      },
      { deadlineMs: 300_000, everyMs },
    );
  }

  async removeApps(): Promise<void> {
    await this.call('POST', '/uninstallAllApp', { removeData: true });
    this.apps = [];
  }

  /** What every app of the bench runs. */
  async prepareImage(): Promise<void> {
    if (!this.imageBuilt) await buildStandIn(BENCH_IMAGE);
    this.imageBuilt = true;
  }

  /** A further server of the same installation: it answers HTTP and does not work. */
  startApi(settings: Variables): Promise<OwnServer> {
    const environment = { ...this.environment, ROLE: 'api', ...settings };
    return startProduct(environment, join(this.folder, 'api.log'));
  }

  /** The product as an operator starts it: `npm start`, with so many processes that answer. */
  startWhole(processes: number): Promise<OwnServer> {
    const settings = {
      ...this.environment,
      API_PROCESSES: String(processes),
      DOCKER_HOST: 'unix:///var/run/docker.sock',
      // A leader of its own, also beside the product.
      REDIS_PREFIX: `bench-${processes}`,
    };
    return startProduct(settings, join(this.folder, 'whole.log'), 'commands/start.js');
  }

  startBareNest(): Promise<OwnServer> {
    return startBareNest(this.environment, this.folder);
  }

  stopServer(server: OwnServer): Promise<void> {
    return stopServer(server);
  }

  containerOf(app: string): string {
    return `${this.prefix}${app}`;
  }

  async login(name: string): Promise<{ uid: string; access_token: string; role: number }> {
    const { data } = await this.call('POST', '/api/v1/user/login', credentials(name), '');
    return data;
  }

  private async signUp(count: number): Promise<void> {
    const setup = setupTokenHeader(join(this.folder, 'product'));
    await this.call('POST', '/api/v1/user/register', credentials('bench-admin'), '', setup);
    const { access_token: token, uid, role } = await this.login('bench-admin');
    if (role !== 1)
      throw new Error('this server has users already: the bench measures only a server of its own');
    const [first] = await this.rows<{ id: number }>('SELECT id FROM users WHERE uid = ?', [uid]);
    this.admin = { id: first!.id, uid, name: 'bench-admin', token };
    await this.addUsers(count);
    for (const user of this.users.slice(0, 32)) await this.signIn(user);
  }

  /** Makes users until there are `count`, all with the password of the administrator. */
  async addUsers(count: number): Promise<void> {
    const from = this.users.length + 1;
    if (count < from) return;
    await this.db.query(
      `INSERT INTO users (uid, name, nameKey, nameSkeleton, passwordHash, createdAt)
       SELECT UUID(), CONCAT('bench', seq), CONCAT('bench', seq), CONCAT('bench', seq), u.passwordHash,
         UTC_TIMESTAMP(3) FROM users u JOIN seq_${from}_to_${count} WHERE u.id = ?`,
      [this.admin.id],
    );
    const rows = await this.rows<{ id: number; uid: string; name: string }>(
      'SELECT id, uid, name FROM users WHERE id > ? ORDER BY id',
      [this.users.at(-1)?.id ?? this.admin.id],
    );
    for (const row of rows) this.users.push({ ...row, token: '' });
  }

  /** Gives the user a token. */
  async signIn(user: Account): Promise<void> {
    if (!user.token) await this.signInAgain(user);
  }

  async signInAgain(user: Account): Promise<void> {
    user.token = (await this.login(user.name)).access_token;
  }

  private async writeCatalog(): Promise<void> {
    for (let i = 0; i < 50; i++) {
      const folder = join(this.folder, 'catalog', 'apps', `bench${i}`);
      await mkdir(folder, { recursive: true });
      // Without a network: fifty bridges would take the address pools of a shared engine.
      await writeFile(
        join(folder, 'docker-compose.yml'),
        `services:\n  bench${i}:\n    image: ${BENCH_IMAGE}\n    network_mode: none\n`,
      );
    }
  }
}

export function credentials(name: string): { user_name: string; password: string } {
  return { user_name: name, password: PASSWORD };
}
