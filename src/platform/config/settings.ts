import { resolve } from 'node:path';
import {
  addressBlocks,
  backupRepositories,
  catalogPaths,
  databaseAddress,
  flag,
  absolutePath,
  integer,
  ipAddress,
  list,
  networkPools,
  oneOf,
  portRange,
  processCount,
  rate,
  redisAddress,
  sshConfig,
  text,
  timeZone,
  url,
  type Parser,
} from './parsers';
import { PROJECT_ROOT } from './project-root';

export interface SettingSpec<T> {
  /** Name of the environment variable. */
  readonly env: string;
  readonly parse: Parser<T>;
  /** Value when the variable is absent or empty, in the variable's own notation; null: not set. */
  readonly fallback: string | null;
  readonly meaning: string;
  /** May also come from the file that `<env>_FILE` names. */
  readonly secret?: true;
}

function setting<T>(
  env: string,
  parse: Parser<T>,
  fallback: string,
  meaning: string,
): SettingSpec<T> & { readonly fallback: string } {
  return { env, parse, fallback, meaning };
}

function optional<T>(env: string, parse: Parser<T>, meaning: string): SettingSpec<T | null> {
  return { env, parse, fallback: null, meaning };
}

function secret<T>(env: string, parse: Parser<T>, meaning: string): SettingSpec<T | null> {
  return { ...optional(env, parse, meaning), secret: true };
}

/**
 * Every setting there is: the one place that gives names, defaults and meanings. The tables
 * in `docs/` are written from it.
 */
export const settingSpecs = {
  host: setting('HOST', ipAddress, '0.0.0.0', 'address the server listens on'),
  port: setting('PORT', integer(0, 65535), '3000', 'port the server listens on'),
  role: setting(
    'ROLE',
    oneOf('all', 'api', 'worker', 'node'),
    'all',
    'what this process does: answer HTTP (`api`), run installs and computations (`worker`), or both; `node`: what a worker becomes by itself on the other nodes of a Swarm, where it computes and tells of its machine',
  ),
  apiProcesses: setting(
    'API_PROCESSES',
    processCount,
    '1',
    'processes that `npm start` lets answer HTTP behind the one port, beside one that works; `auto`: one for each processor, at most 6; `1`: a single process does everything',
  ),
  dataDir: setting(
    'DATA_DIR',
    text,
    '.data',
    'folder for secrets, app data, logs and the private database and Redis',
  ),
  databaseUrl: secret(
    'DATABASE_URL',
    databaseAddress,
    'MySQL 8 or MariaDB 10.11+, `mysql://user:password@host:3306/name`; further members of a Galera cluster follow the host after commas; `?ca=file.pem` encrypts and checks the certificate against that authority, `?ca=system` against the usual ones; absent: a private MariaDB is started',
  ),
  databasePassword: secret(
    'DATABASE_PASSWORD',
    text,
    'password of the user in `DATABASE_URL`, as it is; within the address `@`, `/`, `:` and `%` would have to be percent-encoded',
  ),
  redisUrl: secret(
    'REDIS_URL',
    redisAddress,
    'Redis 6+, `redis://:password@host:6379/0`; with Sentinel `redis+sentinel://:password@host:26379,host:26379/name/0`, and `?sentinelPassword=` where the sentinels have one; `rediss` in place of `redis` encrypts, with `?ca=file.pem` against that authority; absent: a private Redis is started',
  ),
  redisPassword: secret('REDIS_PASSWORD', text, 'password for `REDIS_URL`, as it is'),
  redisPrefix: setting(
    'REDIS_PREFIX',
    text,
    'stackscape',
    'first part of every Redis key; give each installation on a shared Redis its own',
  ),
  dockerHost: setting(
    'DOCKER_HOST',
    url('unix:', 'tcp:'),
    'unix:///var/run/docker.sock',
    'Docker Engine; absent and not answering: a private one is started when root',
  ),
  orchestrator: setting(
    'ORCHESTRATOR',
    oneOf('engine', 'swarm'),
    'engine',
    'what runs the apps: containers of the one engine, or services of the Docker Swarm of which it is a manager (see many-machines.md)',
  ),
  swarmEncryptNetworks: setting(
    'SWARM_ENCRYPT_NETWORKS',
    flag,
    'false',
    'encrypt what containers of an app on different nodes of the Swarm say to each other (IPsec; the nodes must let ESP through to each other); for networks made from then on',
  ),
  catalogPaths: setting(
    'CATALOG_PATHS',
    catalogPaths,
    '',
    'folders with further catalogs, separated by `:`, and git repositories (`https://host/owner/repo.git#ref:folder`), each ended by a `,`; our own is always first; `folder=trusted` and `https://…#<full commit>=trusted` lift the policy for one',
  ),
  storeCheckHours: setting(
    'STORE_CHECK_HOURS',
    integer(0, 8760),
    '24',
    'hours between two looks for a newer commit of each git store; 0: only when asked',
  ),
  storeUpdates: setting(
    'STORE_UPDATES',
    oneOf('announce', 'take'),
    'announce',
    'what happens with a newer commit that such a look finds: it is shown with its changes until an administrator takes it, or it is taken',
  ),
  storeMaxMegabytes: setting(
    'STORE_MAX_MEGABYTES',
    integer(1, 100_000),
    '256',
    'largest git store, both what is fetched and what it unpacks to',
  ),
  storeFetchSeconds: setting(
    'STORE_FETCH_SECONDS',
    integer(2, 86400),
    '300',
    'a fetch of a git store that takes longer is given up',
  ),
  storeNetworks: setting(
    'STORE_NETWORKS',
    addressBlocks,
    '',
    'addresses or CIDR blocks that are not public and on which git servers may be all the same, separated by `,`',
  ),
  storeCaFile: optional(
    'STORE_CA_FILE',
    text,
    'file with certificates (PEM) of further authorities that git servers may have theirs from',
  ),
  imageMirror: optional(
    'IMAGE_MIRROR',
    imagePrefix,
    'put before every image of an app, e.g. `mirror.lan:5000/hub`, where the registries of the world are out of reach',
  ),
  registryAuthFile: optional(
    'REGISTRY_AUTH_FILE',
    absolutePath,
    'the `config.json` that `docker login` writes, with the logins to private registries; read at each pull',
  ),
  publicHost: optional(
    'PUBLIC_HOST',
    text,
    'name or address at which users reach the apps of this machine; some templates use it; absent: `localhost`',
  ),
  containerPrefix: setting(
    'CONTAINER_PREFIX',
    containerPrefix,
    'websoft9-',
    'first part of the name of every container',
  ),
  appBind: setting('APP_BIND', ipAddress, '0.0.0.0', 'address the ports of apps are published on'),
  dbBind: setting(
    'DB_BIND',
    ipAddress,
    '127.0.0.1',
    'address the database ports of apps are published on',
  ),
  appPortRange: setting('APP_PORT_RANGE', portRange, '9001-9999', 'host ports for apps'),
  dbPortRange: setting(
    'DB_PORT_RANGE',
    portRange,
    '3307-3999',
    'host ports for the databases of apps',
  ),
  networkPool: setting(
    'NETWORK_POOL',
    networkPools,
    '10.213.0.0/16',
    'IPv4 block (CIDR) that app networks get /24s of once the engine’s own address pools are used up',
  ),
  pullStallSeconds: setting(
    'PULL_STALL_SECONDS',
    integer(2, 3600),
    '120',
    'an image pull without a sign of progress for this long is given up',
  ),
  restic: setting(
    'RESTIC',
    text,
    'restic',
    'the program that keeps backups of apps, by name or path',
  ),
  backupRepositories: setting(
    'BACKUP_REPOSITORIES',
    backupRepositories,
    '',
    'where backups of apps are kept, as `name=address` separated by `,`, the first one by default; an address is a folder (`/mnt/backups`), `sftp:user@host:/folder` or `s3:https://host/bucket`; empty: `local`, a folder below the data folder',
  ),
  backupSshConfig: setting(
    'BACKUP_SSH_CONFIG',
    sshConfig,
    '',
    'configuration file of ssh (key, known hosts) for the SFTP repositories in `BACKUP_REPOSITORIES`; empty: that of the user who runs the server',
  ),
  backupS3AccessKey: secret(
    'BACKUP_S3_ACCESS_KEY',
    text,
    'access key of the S3 repositories in `BACKUP_REPOSITORIES`',
  ),
  backupS3SecretKey: secret(
    'BACKUP_S3_SECRET_KEY',
    text,
    'secret key of the S3 repositories in `BACKUP_REPOSITORIES`',
  ),
  backupsAtOnce: setting(
    'BACKUPS_AT_ONCE',
    integer(1, 16),
    '2',
    'backups and restores that one worker runs at the same time; further ones wait',
  ),
  backupAnswerSeconds: setting(
    'BACKUP_ANSWER_SECONDS',
    integer(5, 3600),
    '90',
    'seconds within which a repository answers a short question; after them it counts as away',
  ),
  upgradeBackupDays: setting(
    'UPGRADE_BACKUP_DAYS',
    integer(1, 3650),
    '7',
    'days for which retention leaves the backup that an upgrade began with, so that it can be taken back by hand',
  ),
  updateCheckHours: setting(
    'UPDATE_CHECK_HOURS',
    integer(0, 720),
    '6',
    'hours after which registries are asked again whether the tags of installed apps stand for newer images; 0: they never are',
  ),
  trustedProxies: setting(
    'TRUSTED_PROXIES',
    addressBlocks,
    '',
    'addresses or CIDR blocks of reverse proxies whose `X-Forwarded-For` is believed, separated by `,`',
  ),
  corsOrigins: setting(
    'CORS_ORIGINS',
    list(','),
    '',
    'origins of browser front ends, separated by `,`; `*` for any; empty: same origin only',
  ),
  tzDisplay: setting(
    'TZ_DISPLAY',
    timeZone,
    'UTC',
    'time zone of `YYYY-MM-DD HH:mm:ss` times in answers; storage is always UTC',
  ),
  logLevel: setting(
    'LOG_LEVEL',
    oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    'info',
    'least severe line that is logged',
  ),
  logPretty: optional(
    'LOG_PRETTY',
    flag,
    'readable log instead of JSON lines; absent: readable on a terminal',
  ),
  accessTokenSeconds: setting(
    'ACCESS_TOKEN_SECONDS',
    integer(5, 86400),
    '900',
    'life of an access token',
  ),
  refreshIdleSeconds: setting(
    'REFRESH_IDLE_SECONDS',
    integer(60, 31536000),
    '604800',
    'a session ends after this time without a refresh',
  ),
  refreshAbsoluteSeconds: setting(
    'REFRESH_ABSOLUTE_SECONDS',
    integer(60, 31536000),
    '2592000',
    'a session ends after this time in any case',
  ),
  jwtSecret: secret(
    'JWT_SECRET',
    text,
    'key that signs access tokens, at least 32 bytes; absent: generated once into the data folder',
  ),
  passwordPepper: secret(
    'PASSWORD_PEPPER',
    text,
    'second secret in every password hash, at least 32 bytes, never to change; absent: generated once into the data folder',
  ),
  auditRetentionDays: setting(
    'AUDIT_RETENTION_DAYS',
    integer(1, 36500),
    '365',
    'days after which entries of the audit log are removed',
  ),
  computeDailyQuota: setting(
    'COMPUTE_DAILY_QUOTA',
    integer(0, 1_000_000_000),
    '1000',
    'computations per user and UTC day; administrators have no limit',
  ),
  computeLeaseSeconds: setting(
    'COMPUTE_LEASE_SECONDS',
    integer(1, 3600),
    '15',
    'a computation whose worker has not finished it after this time is given to another',
  ),
  throttleLogin: setting(
    'THROTTLE_LOGIN',
    rate,
    '20/60',
    'logins per seconds and address, or `off`',
  ),
  throttleRegister: setting(
    'THROTTLE_REGISTER',
    rate,
    '10/3600',
    'registrations per seconds and address, or `off`',
  ),
  throttleRefresh: setting(
    'THROTTLE_REFRESH',
    rate,
    '30/60',
    'token refreshes per seconds and address, or `off`',
  ),
  throttleAll: setting(
    'THROTTLE_ALL',
    rate,
    'off',
    'requests of any kind per seconds and address, or `off`',
  ),
  drainSeconds: setting(
    'DRAIN_SECONDS',
    integer(0, 60),
    '0',
    'seconds for which a server that is told to end goes on taking requests while `/health/ready` says 503, so that a load balancer turns away first',
  ),
  maxStreamsPerUser: setting(
    'MAX_STREAMS_PER_USER',
    integer(1, 100_000),
    '20',
    'event streams that one user may hold open on one process',
  ),
  maxStreams: setting(
    'MAX_STREAMS',
    integer(1, 100_000),
    '500',
    'event streams that all users together may hold open on one process',
  ),
  metricsToken: secret('METRICS_TOKEN', text, 'bearer token for `/metrics`; absent: loopback only'),
  tlsCert: optional(
    'TLS_CERT',
    text,
    'file with the certificate chain (PEM); together with TLS_KEY the server speaks https',
  ),
  tlsKey: optional('TLS_KEY', text, 'file with the private key (PEM)'),
} as const;

/** Settings that were taken away, and what to do about one that is still set. */
export const REMOVED_SETTINGS: Readonly<Record<string, string>> = {
  NODE_NAME:
    'was removed, unset it: one database belongs to one Docker Engine, so give each engine a database of its own (docs/operators.md, "Several machines")',
};

function containerPrefix(value: string): string {
  if (!/^[a-z0-9][a-z0-9_.-]{0,30}$/.test(value)) {
    throw new Error(
      'up to 31 lower-case letters, digits and _.- are expected, the first a letter or digit',
    );
  }
  return value;
}

function imagePrefix(value: string): string {
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[a-z0-9._-]+)*$/.test(value)) {
    throw new Error(
      'a registry, with a path where there is one, is expected: no scheme, no slash at the end',
    );
  }
  return value;
}

type Specs = typeof settingSpecs;
type SettingName = keyof Specs;
type ValueOf<S> = S extends { readonly parse: Parser<infer T> }
  ? S extends { readonly fallback: string }
    ? T
    : T | null
  : never;
export type SettingValues = { readonly [K in SettingName]: ValueOf<Specs[K]> };

/** Every problem of the environment, in one error. */
export class SettingsError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`Settings are wrong:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.name = SettingsError.name;
  }
}

/** The validated settings; injected by this class as token. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type -- the fields are those of settingSpecs
export interface Settings extends SettingValues {}
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class Settings {
  constructor(values: SettingValues) {
    Object.assign(this, values, { dataDir: resolve(PROJECT_ROOT, values.dataDir) });
    Object.freeze(this);
  }

  /** Where the model files shipped with the product are. */
  get projectRoot(): string {
    return PROJECT_ROOT;
  }
}
