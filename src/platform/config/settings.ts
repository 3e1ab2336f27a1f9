import { resolve } from 'node:path';
import {
  addressBlocks,
  flag,
  integer,
  ipAddress,
  list,
  oneOf,
  portRange,
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

function setting<T>(spec: SettingSpec<T>): SettingSpec<T> & { readonly fallback: string } {
  return spec as SettingSpec<T> & { readonly fallback: string };
}

function optional<T>(spec: Omit<SettingSpec<T>, 'fallback'>): SettingSpec<T | null> {
  return { ...spec, fallback: null };
}

/**
 * Every setting there is: the one place that gives names, defaults and meanings. The README's
 * table is checked against it by a test.
 */
export const settingSpecs = {
  host: setting({
    env: 'HOST',
    parse: ipAddress,
    fallback: '0.0.0.0',
    meaning: 'address the server listens on',
  }),
  port: setting({
    env: 'PORT',
    parse: integer(0, 65535),
    fallback: '3000',
    meaning: 'port the server listens on',
  }),
  role: setting({
    env: 'ROLE',
    parse: oneOf('all', 'api', 'worker'),
    fallback: 'all',
    meaning:
      'what this process does: answer HTTP (`api`), run installs and computations (`worker`), or both',
  }),
  nodeName: setting({
    env: 'NODE_NAME',
    parse: nodeName,
    fallback: 'local',
    meaning: 'name of this machine and its engine among several that share one database',
  }),
  dataDir: setting({
    env: 'DATA_DIR',
    parse: text,
    fallback: '.data',
    meaning: 'folder for secrets, app data, logs and the private database and Redis',
  }),
  databaseUrl: optional({
    env: 'DATABASE_URL',
    parse: url('mysql:', 'mariadb:'),
    meaning:
      'MySQL 8 or MariaDB 10.11+, `mysql://user:password@host:3306/name`; absent: a private MariaDB is started',
    secret: true,
  }),
  redisUrl: optional({
    env: 'REDIS_URL',
    parse: url('redis:', 'rediss:'),
    meaning: 'Redis 6+, `redis://:password@host:6379/0`; absent: a private Redis is started',
    secret: true,
  }),
  redisPrefix: setting({
    env: 'REDIS_PREFIX',
    parse: text,
    fallback: 'stackscape',
    meaning: 'first part of every Redis key; give each installation on a shared Redis its own',
  }),
  dockerHost: setting({
    env: 'DOCKER_HOST',
    parse: url('unix:', 'tcp:'),
    fallback: 'unix:///var/run/docker.sock',
    meaning: 'Docker Engine; absent and not answering: a private one is started when root',
  }),
  catalogPaths: setting({
    env: 'CATALOG_PATHS',
    parse: list(':'),
    fallback: '',
    meaning:
      'folders with further catalogs, separated by `:`; our own is always first; `folder=trusted` lifts the policy for one',
  }),
  imageMirror: optional({
    env: 'IMAGE_MIRROR',
    parse: imagePrefix,
    meaning:
      'put before every image of an app, e.g. `mirror.lan:5000/hub`, where the registries of the world are out of reach',
  }),
  publicHost: optional({
    env: 'PUBLIC_HOST',
    parse: text,
    meaning:
      'name or address at which people reach the apps of this machine; some templates ask for it; absent: `localhost`',
  }),
  containerPrefix: setting({
    env: 'CONTAINER_PREFIX',
    parse: containerPrefix,
    fallback: 'websoft9-',
    meaning: 'first part of the name of every container',
  }),
  appBind: setting({
    env: 'APP_BIND',
    parse: ipAddress,
    fallback: '0.0.0.0',
    meaning: 'address the ports of apps are published on',
  }),
  dbBind: setting({
    env: 'DB_BIND',
    parse: ipAddress,
    fallback: '127.0.0.1',
    meaning: 'address the database ports of apps are published on',
  }),
  appPortRange: setting({
    env: 'APP_PORT_RANGE',
    parse: portRange,
    fallback: '9001-9999',
    meaning: 'host ports for apps',
  }),
  dbPortRange: setting({
    env: 'DB_PORT_RANGE',
    parse: portRange,
    fallback: '3307-3999',
    meaning: 'host ports for the databases of apps',
  }),
  networkPool: setting({
    env: 'NETWORK_POOL',
    parse: addressBlocks,
    fallback: '10.213.0.0/16',
    meaning:
      'IPv4 block (CIDR) that app networks get /24s of once the engine’s own address pools are used up',
  }),
  pullStallSeconds: setting({
    env: 'PULL_STALL_SECONDS',
    parse: integer(2, 3600),
    fallback: '120',
    meaning: 'an image pull without a sign of progress for this long is given up',
  }),
  trustedProxies: setting({
    env: 'TRUSTED_PROXIES',
    parse: addressBlocks,
    fallback: '',
    meaning:
      'addresses or CIDR blocks of reverse proxies whose `X-Forwarded-For` is believed, separated by `,`',
  }),
  corsOrigins: setting({
    env: 'CORS_ORIGINS',
    parse: list(','),
    fallback: '',
    meaning:
      'origins of browser front ends, separated by `,`; `*` for any; empty: same origin only',
  }),
  tzDisplay: setting({
    env: 'TZ_DISPLAY',
    parse: timeZone,
    fallback: 'UTC',
    meaning: 'time zone of `YYYY-MM-DD HH:mm:ss` times in answers; storage is always UTC',
  }),
  logLevel: setting({
    env: 'LOG_LEVEL',
    parse: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    fallback: 'info',
    meaning: 'least severe line that is logged',
  }),
  logPretty: optional({
    env: 'LOG_PRETTY',
    parse: flag,
    meaning: 'readable log instead of JSON lines; absent: readable on a terminal',
  }),
  accessTokenSeconds: setting({
    env: 'ACCESS_TOKEN_SECONDS',
    parse: integer(5, 86400),
    fallback: '900',
    meaning: 'life of an access token',
  }),
  refreshIdleSeconds: setting({
    env: 'REFRESH_IDLE_SECONDS',
    parse: integer(60, 31536000),
    fallback: '604800',
    meaning: 'a session ends after this time without a refresh',
  }),
  refreshAbsoluteSeconds: setting({
    env: 'REFRESH_ABSOLUTE_SECONDS',
    parse: integer(60, 31536000),
    fallback: '2592000',
    meaning: 'a session ends after this time in any case',
  }),
  jwtSecret: optional({
    env: 'JWT_SECRET',
    parse: text,
    meaning:
      'key that signs access tokens, at least 32 bytes; absent: generated once into the data folder',
    secret: true,
  }),
  passwordPepper: optional({
    env: 'PASSWORD_PEPPER',
    parse: text,
    meaning:
      'second secret in every password hash, at least 32 bytes, never to change; absent: generated once into the data folder',
    secret: true,
  }),
  auditRetentionDays: setting({
    env: 'AUDIT_RETENTION_DAYS',
    parse: integer(1, 36500),
    fallback: '365',
    meaning: 'days after which entries of the audit log are removed',
  }),
  computeDailyQuota: setting({
    env: 'COMPUTE_DAILY_QUOTA',
    parse: integer(0, 1_000_000_000),
    fallback: '1000',
    meaning: 'computations per user and UTC day; administrators have no limit',
  }),
  computeLeaseSeconds: setting({
    env: 'COMPUTE_LEASE_SECONDS',
    parse: integer(1, 3600),
    fallback: '15',
    meaning: 'a computation whose worker has not finished it after this time is given to another',
  }),
  throttleLogin: setting({
    env: 'THROTTLE_LOGIN',
    parse: rate,
    fallback: '20/60',
    meaning: 'logins per seconds and address, or `off`',
  }),
  throttleRegister: setting({
    env: 'THROTTLE_REGISTER',
    parse: rate,
    fallback: '10/3600',
    meaning: 'registrations per seconds and address, or `off`',
  }),
  throttleRefresh: setting({
    env: 'THROTTLE_REFRESH',
    parse: rate,
    fallback: '30/60',
    meaning: 'token refreshes per seconds and address, or `off`',
  }),
  throttleAll: setting({
    env: 'THROTTLE_ALL',
    parse: rate,
    fallback: 'off',
    meaning: 'requests of any kind per seconds and address, or `off`',
  }),
  metricsToken: optional({
    env: 'METRICS_TOKEN',
    parse: text,
    meaning: 'bearer token for `/metrics`; absent: loopback only',
    secret: true,
  }),
  tlsCert: optional({
    env: 'TLS_CERT',
    parse: text,
    meaning: 'file with the certificate chain (PEM); together with TLS_KEY the server speaks https',
  }),
  tlsKey: optional({ env: 'TLS_KEY', parse: text, meaning: 'file with the private key (PEM)' }),
} as const;

function nodeName(value: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(value)) {
    throw new Error('up to 64 letters, digits and _.- are expected');
  }
  return value;
}

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
