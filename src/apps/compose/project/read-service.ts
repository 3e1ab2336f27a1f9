import { posix } from 'node:path';
import { evaluateDotEnv, parseDotEnv } from '../language/dotenv';
import type { VariableLookup } from '../language/interpolate';
import type {
  ComposeDependency,
  ComposeDevice,
  ComposeRestart,
  ComposeService,
  DependencyCondition,
} from './compose-project';
import { readBackup } from './read-backup';
import { readBuild } from './read-build';
import { readDeploy } from './read-deploy';
import { readFileMounts } from './read-file-objects';
import { readHealthcheck } from './read-healthcheck';
import { readExtraHosts } from './read-hosts';
import { readGpus, readLimits, readUlimits } from './read-limits';
import { readMounts } from './read-mounts';
import { defaultAttachment, readServiceNetworks } from './read-networks';
import { readExposed, readPorts } from './read-ports';
import { SERVICE_KEYS } from './service-keys';
import { splitShellWords } from '../language/shell-words';
import type { Cursor, TemplateReader } from './template-reader';

/** What a service refers to outside the Compose file. */
export interface ServiceContext {
  /** The project's variables. */
  readonly variables: VariableLookup;
  /** The evaluated values of the project's own `.env`, which an `env_file: .env` passes on. */
  readonly dotEnv: ReadonlyMap<string, string>;
  /** Text of another file by its path relative to the app's folder; undefined: not there. */
  readonly textOf: (path: string) => string | undefined;
}

/** Read but not carried out: for Swarm, for developers, or for Windows. */
const keysWithoutEffect = ['annotations', 'attach', 'cpu_count', 'cpu_percent', 'develop'];

/** One service with all its keys, short forms written out, in the default network where it names none. */
export function readService(
  reader: TemplateReader,
  name: string,
  at: Cursor,
  context: ServiceContext,
): ComposeService {
  reader.checkKeys(at, SERVICE_KEYS);
  const part = (key: string) => reader.at(at, key);
  const text = (key: string) => reader.name(part(key));
  const deploy = part('deploy');
  for (const key of keysWithoutEffect) reader.withoutEffect(part(key), key);
  const service = {
    name,
    image: text('image'),
    build: readBuild(reader, part('build'), context.variables),
    containerName: text('container_name'),
    command: readCommand(reader, part('command')),
    entrypoint: readCommand(reader, part('entrypoint')),
    environment: readEnvironment(reader, at, context),
    labels: readLabels(reader, at, context),
    ports: readPorts(reader, part('ports')),
    expose: readExposed(reader, part('expose')),
    mounts: readMounts(reader, at),
    volumesFrom: readVolumesFrom(reader, part('volumes_from')),
    configs: readFileMounts(reader, part('configs'), '/'),
    secrets: readFileMounts(reader, part('secrets'), '/run/secrets/'),
    networks: readServiceNetworks(reader, part('networks')),
    networkMode: text('network_mode'),
    links: readLinks(reader, part('links')),
    dependsOn: readDependsOn(reader, part('depends_on')),
    healthcheck: readHealthcheck(reader, part('healthcheck')),
    restart: readRestart(reader, at),
    profiles: reader.texts(part('profiles')),
    deploy: readDeploy(reader, at),
    replicas:
      reader.integer(part('scale') ?? (deploy && reader.at(deploy, 'replicas')), { max: 20 }) ?? 1,
    pullPolicy: readPullPolicy(reader, part('pull_policy')),
    platform: text('platform'),
    user: text('user'),
    groupAdd: reader.texts(part('group_add')),
    workingDir: text('working_dir'),
    hostname: text('hostname'),
    domainname: text('domainname'),
    macAddress: text('mac_address'),
    tty: reader.boolean(part('tty')) ?? false,
    stdinOpen: reader.boolean(part('stdin_open')) ?? false,
    init: reader.boolean(part('init')),
    readOnly: reader.boolean(part('read_only')) ?? false,
    privileged: reader.boolean(part('privileged')) ?? false,
    capAdd: reader.texts(part('cap_add')),
    capDrop: reader.texts(part('cap_drop')),
    securityOpt: reader.texts(part('security_opt')),
    devices: readDevices(reader, part('devices')),
    deviceCgroupRules: reader.texts(part('device_cgroup_rules')),
    gpus: readGpus(reader, at),
    dns: reader.texts(part('dns')),
    dnsOptions: reader.texts(part('dns_opt')),
    dnsSearch: reader.texts(part('dns_search')),
    extraHosts: readExtraHosts(reader, part('extra_hosts')),
    sysctls: reader.definedPairs(part('sysctls')),
    ulimits: readUlimits(reader, part('ulimits')),
    logging: readLogging(reader, part('logging')),
    limits: readLimits(reader, at),
    pid: text('pid'),
    ipc: text('ipc'),
    uts: text('uts'),
    usernsMode: text('userns_mode'),
    cgroup: text('cgroup'),
    cgroupParent: text('cgroup_parent'),
    runtime: text('runtime'),
    stopSignal: text('stop_signal'),
    stopGracePeriod: reader.duration(part('stop_grace_period')),
    storageOpt: reader.definedPairs(part('storage_opt')),
    backup: readBackup(reader, part('x-backup')),
  };
  if (service.networks.size === 0 && service.networkMode === null) {
    service.networks.set('default', defaultAttachment());
  }
  return service;
}

function readCommand(reader: TemplateReader, at: Cursor | null): string[] | null {
  if (!at) return null;
  if (reader.isList(at)) return reader.list(at).map((item) => reader.text(item) ?? '');
  const line = reader.text(at);
  if (line === null) return null;
  const words = splitShellWords(line);
  if (!words) reader.wrong(at, '引号没有闭合', 'a quote is never closed');
  return words;
}

/** `env_file` first, `environment` over it; a name without a value takes the project's variable or stays out. */
export function readEnvironment(
  reader: TemplateReader,
  at: Cursor,
  context: ServiceContext,
): Map<string, string> {
  const environment = new Map<string, string>();
  for (const item of reader.items(reader.at(at, 'env_file'))) {
    for (const [key, value] of readEnvFile(reader, item, context)) environment.set(key, value);
  }
  for (const [key, value] of reader.pairs(reader.at(at, 'environment'))) {
    const known = value ?? context.variables(key);
    if (known === undefined) environment.delete(key);
    else environment.set(key, known);
  }
  return environment;
}

/** `label_file` first, `labels` over it. */
export function readLabels(
  reader: TemplateReader,
  at: Cursor,
  context: ServiceContext,
): Map<string, string> {
  const files = reader.items(reader.at(at, 'label_file'));
  return new Map([
    ...files.flatMap((item) => [...readEnvFile(reader, item, context)]),
    ...reader.definedPairs(reader.at(at, 'labels')),
  ]);
}

function readEnvFile(
  reader: TemplateReader,
  item: Cursor,
  context: ServiceContext,
): Map<string, string> {
  const map = reader.isMap(item);
  if (map) reader.checkKeys(item, 'path required format');
  const path = reader.path(map ? reader.at(item, 'path') : item);
  if (path === null) return new Map();
  const required = map ? (reader.boolean(reader.at(item, 'required')) ?? true) : true;
  const text = context.textOf(path);
  if (text === undefined) {
    if (required) {
      reader.report(
        'broken',
        'env-file-missing',
        item,
        `找不到环境变量文件 ${path}`,
        `the environment file ${path} does not exist`,
      );
    }
    return new Map();
  }
  if (posix.normalize(path) === '.env') return new Map(context.dotEnv);
  if (map && reader.name(reader.at(item, 'format')) === 'raw') {
    const lines = text.split(/\r?\n/).filter((line) => /^[^#=]+=/.test(line));
    return new Map(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }
  return evaluateDotEnv(parseDotEnv(text), {}, context.variables);
}

function readLinks(
  reader: TemplateReader,
  at: Cursor | null,
): { service: string; alias: string }[] {
  return reader.texts(at).map((text) => {
    const [service = '', alias = service] = text.split(':');
    return { service, alias };
  });
}

function readVolumesFrom(
  reader: TemplateReader,
  at: Cursor | null,
): { service: string; readOnly: boolean }[] {
  return reader.texts(at).map((text) => {
    const readOnly = text.endsWith(':ro');
    return { service: text.replace(/:r[ow]$/, ''), readOnly };
  });
}

const conditions = new Set<string>([
  'service_started',
  'service_healthy',
  'service_completed_successfully',
] satisfies DependencyCondition[]);

function readDependsOn(reader: TemplateReader, at: Cursor | null): Map<string, ComposeDependency> {
  const started: ComposeDependency = {
    condition: 'service_started',
    required: true,
    restart: false,
  };
  if (at && reader.isList(at)) return new Map(reader.texts(at).map((name) => [name, started]));
  const dependencies = new Map<string, ComposeDependency>();
  for (const [name, item] of reader.entries(at)) {
    if (item.value === null) {
      dependencies.set(name, started);
      continue;
    }
    reader.checkKeys(item, 'condition restart required');
    const conditionAt = reader.at(item, 'condition');
    const condition = reader.name(conditionAt) ?? 'service_started';
    if (!conditions.has(condition)) {
      reader.wrong(conditionAt, `未知的条件 ${condition}`, `unknown condition ${condition}`);
    }
    dependencies.set(name, {
      condition: condition as DependencyCondition,
      required: reader.boolean(reader.at(item, 'required')) ?? true,
      restart: reader.boolean(reader.at(item, 'restart')) ?? false,
    });
  }
  return dependencies;
}

const policies: Readonly<Record<string, ComposeRestart['policy']>> = {
  no: 'no',
  none: 'no',
  false: 'no',
  always: 'always',
  any: 'always',
  'unless-stopped': 'unless-stopped',
  'on-failure': 'on-failure',
};

/** `restart:`, else `deploy.restart_policy`, else no. */
function readRestart(reader: TemplateReader, service: Cursor): ComposeRestart {
  const at = reader.at(service, 'restart');
  const deploy = reader.at(service, 'deploy');
  const inDeploy = deploy && reader.at(deploy, 'restart_policy');
  reader.checkKeys(inDeploy, 'condition delay max_attempts window');
  if (!at && inDeploy) {
    const conditionAt = reader.at(inDeploy, 'condition');
    return {
      policy: policyNamed(reader, conditionAt, reader.name(conditionAt) ?? 'any'),
      maximumRetries: reader.integer(reader.at(inDeploy, 'max_attempts')),
    };
  }
  const [name = 'no', retries] = (reader.name(at) ?? 'no').split(':');
  if (retries !== undefined && !(name === 'on-failure' && /^\d{1,6}$/.test(retries))) {
    reader.wrong(at, '只有 on-failure 可带次数', 'only on-failure takes a count');
  }
  return {
    policy: policyNamed(reader, at, name),
    maximumRetries: retries === undefined ? null : Number(retries),
  };
}

function policyNamed(
  reader: TemplateReader,
  at: Cursor | null,
  name: string,
): ComposeRestart['policy'] {
  const policy = Object.hasOwn(policies, name) ? policies[name] : undefined;
  if (!policy) reader.wrong(at, `未知的重启策略 ${name}`, `unknown restart policy ${name}`);
  return policy ?? 'no';
}

function readPullPolicy(reader: TemplateReader, at: Cursor | null): ComposeService['pullPolicy'] {
  const name = reader.name(at) ?? 'missing';
  if (name === 'always' || name === 'never' || name === 'build' || name === 'missing') return name;
  if (name === 'if_not_present') return 'missing';
  if (/^(daily|weekly|every_\w+)$/.test(name)) return 'missing';
  reader.wrong(at, `未知的拉取策略 ${name}`, `unknown pull policy ${name}`);
  return 'missing';
}

function readDevices(reader: TemplateReader, at: Cursor | null): ComposeDevice[] {
  return reader.list(at).map((item) => {
    if (reader.isMap(item)) {
      const part = (key: string) => reader.name(reader.at(item, key));
      const source = reader.path(reader.at(item, 'source')) ?? '';
      return {
        source,
        target: part('target') ?? source,
        permissions: part('permissions') ?? 'rwm',
      };
    }
    const text = reader.name(item) ?? '';
    if (text.startsWith('/')) reader.refuseBlankStart(item);
    const [source = '', target = source, permissions = 'rwm'] = text.split(':');
    return { source, target, permissions };
  });
}

function readLogging(reader: TemplateReader, at: Cursor | null): ComposeService['logging'] {
  if (!at) return null;
  reader.checkKeys(at, 'driver options');
  return {
    driver: reader.name(reader.at(at, 'driver')),
    options: reader.definedPairs(reader.at(at, 'options')),
  };
}
