import { resolve } from 'node:path';
import {
  addressBlocks,
  backupRepositories,
  flag,
  integer,
  ipAddress,
  list,
  networkPools,
  oneOf,
  portRange,
  processCount,
  rate,
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
    oneOf('all', 'api', 'worker'),
    'all',
    'what this process does: answer HTTP (`api`), run installs and computations (`worker`), or both',
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
    url('mysql:', 'mariadb:'),
    'MySQL 8 or MariaDB 10.11+, `mysql://user:password@host:3306/name`; absent: a private MariaDB is started',
  ),
  databasePassword: secret(
    'DATABASE_PASSWORD',
    text,
    'password of the user in `DATABASE_URL`, as it is; within the address `@`, `/`, `:` and `%` would have to be percent-encoded',
  ),
  redisUrl: secret(
    'REDIS_URL',
    url('redis:', 'rediss:'),
    'Redis 6+, `redis://:password@host:6379/0`; absent: a private Redis is started',
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
  catalogPaths: setting(
    'CATALOG_PATHS',
    list(':'),
    '',
    'folders with further catalogs, separated by `:`; our own is always first; `folder=trusted` lifts the policy for one',
  ),
  imageMirror: optional(
    'IMAGE_MIRROR',
    imagePrefix,
    'put before every image of an app, e.g. `mirror.lan:5000/hub`, where the registries of the world are out of reach',
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
