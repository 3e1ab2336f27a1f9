import { posix } from 'node:path';
import type { EngineContext } from './engine-context';
import type { HostConfig } from '../../../platform/docker/engine-types';
import type {
  ComposeFileMount,
  ComposeMount,
  ComposeRestart,
  ComposeService,
} from '../project/compose-project';
import { containerNameOf, inlineFilePath } from '../resolve/resolve-resources';
import type { ResolvedApp } from '../resolve/resolved-app';
import { withoutEmpty } from './without-empty';

/** The engine's notation of published ports. */
export type PublishedPorts = Record<string, { HostIp: string; HostPort: string }[]>;

/** Processes and threads of a container where the template sets no limit of its own. */
export const DEFAULT_PIDS_LIMIT = 4096;
/** Log rotation where the template sets none: three files of ten megabytes. */
const defaultLogOptions = { 'max-size': '10m', 'max-file': '3' };

/**
 * The host side of a container, built field by field. Added where the template says nothing:
 * `no-new-privileges`, a limit on processes, log rotation.
 */
export function buildHostConfig(
  app: ResolvedApp,
  service: ComposeService,
  published: PublishedPorts,
  network: string | null,
  context: EngineContext,
): HostConfig {
  const { limits } = service;
  return withoutEmpty<HostConfig>({
    NetworkMode: network ?? joined(app, service.networkMode),
    RestartPolicy: restartPolicy(service.restart),
    PortBindings: published,
    Binds: bindsOf(app, service, context),
    Mounts: tmpfsMounts(service),
    Tmpfs: shortTmpfs(service),
    VolumesFrom: service.volumesFrom.map(
      ({ service: other, readOnly }) => `${nameOf(app, other)}${readOnly ? ':ro' : ''}`,
    ),
    LogConfig: logConfig(service),
    SecurityOpt: securityOptions(app, service),
    Privileged: service.privileged || undefined,
    ReadonlyRootfs: service.readOnly || undefined,
    Init: service.init ?? undefined,
    CapAdd: [...service.capAdd],
    CapDrop: [...service.capDrop],
    Devices: service.devices.map(({ source, target, permissions }) => ({
      PathOnHost: source,
      PathInContainer: target,
      CgroupPermissions: permissions,
    })),
    DeviceCgroupRules: [...service.deviceCgroupRules],
    DeviceRequests: service.gpus.map((gpu) =>
      withoutEmpty({
        Driver: gpu.driver ?? undefined,
        Count: gpu.count ?? undefined,
        DeviceIDs: [...gpu.deviceIds],
        Capabilities: [[...gpu.capabilities]],
        Options: Object.fromEntries(gpu.options),
      }),
    ),
    Dns: [...service.dns],
    DnsOptions: [...service.dnsOptions],
    DnsSearch: [...service.dnsSearch],
    ExtraHosts: service.extraHosts.map(({ host, address }) => `${host}:${address}`),
    GroupAdd: [...service.groupAdd],
    PidMode: joined(app, service.pid),
    IpcMode: joined(app, service.ipc),
    UTSMode: service.uts ?? undefined,
    UsernsMode: service.usernsMode ?? undefined,
    CgroupnsMode: service.cgroup ?? undefined,
    CgroupParent: service.cgroupParent ?? undefined,
    Runtime: service.runtime ?? undefined,
    Memory: limits.memory ?? undefined,
    MemoryReservation: limits.memoryReservation ?? undefined,
    MemorySwap: limits.memorySwap ?? undefined,
    MemorySwappiness: limits.memorySwappiness ?? undefined,
    NanoCpus: limits.cpus === null ? undefined : Math.round(limits.cpus * 1e9),
    CpuShares: limits.cpuShares ?? undefined,
    CpuPeriod: limits.cpuPeriod ?? undefined,
    CpuQuota: limits.cpuQuota ?? undefined,
    CpusetCpus: limits.cpuset ?? undefined,
    BlkioWeight: limits.blkioWeight ?? undefined,
    PidsLimit: limits.pids ?? DEFAULT_PIDS_LIMIT,
    OomKillDisable: limits.oomKillDisable ?? undefined,
    OomScoreAdj: limits.oomScoreAdj ?? undefined,
    ShmSize: limits.shmSize ?? undefined,
    Sysctls: Object.fromEntries(service.sysctls),
    Ulimits: service.ulimits.map(({ name, soft, hard }) => ({
      Name: name,
      Soft: soft,
      Hard: hard,
    })),
    StorageOpt: Object.fromEntries(service.storageOpt),
  });
}

/**
 * `always` would restart, after a restart of the engine, what a user had stopped; `unless-stopped` does
 * not and is the same otherwise.
 */
function restartPolicy({ policy, maximumRetries }: ComposeRestart): HostConfig['RestartPolicy'] {
  const name = policy === 'always' ? 'unless-stopped' : policy;
  return name === 'on-failure' && maximumRetries !== null
    ? { Name: name, MaximumRetryCount: maximumRetries }
    : { Name: name };
}

function bindsOf(app: ResolvedApp, service: ComposeService, context: EngineContext): string[] {
  const mounts = service.mounts
    .filter(({ type, source }) => type !== 'tmpfs' && source !== null)
    .map((mount) => bindOf(app, mount, context));
  const files = (['configs', 'secrets'] as const).flatMap((kind) =>
    service[kind].map((mount) => fileBind(app, kind, mount, context)),
  );
  return [...mounts, ...files];
}

export function bindOf(app: ResolvedApp, mount: ComposeMount, context: EngineContext): string {
  const options = [
    mount.readOnly ? 'ro' : 'rw',
    mount.selinux,
    mount.propagation,
    mount.noCopy ? 'nocopy' : null,
  ].filter((option) => option !== null);
  const source =
    mount.type === 'bind'
      ? hostPath(mount.source ?? '', context)
      : (app.volumes.find(({ key }) => key === mount.source)?.name ?? '');
  return `${source}:${mount.target}:${options.join(',')}`;
}

export function fileBind(
  app: ResolvedApp,
  kind: 'configs' | 'secrets',
  mount: ComposeFileMount,
  context: EngineContext,
): string {
  const file = app.project[kind].get(mount.source)?.file ?? inlineFilePath(kind, mount.source);
  return `${hostPath(file, context)}:${mount.target}:ro`;
}

/** Where a bind starts on the host; the policy refuses what is not in the app's folder. */
function hostPath(source: string, context: EngineContext): string {
  return source.startsWith('~') ? source : posix.resolve(context.projectDir, source);
}

function tmpfsMounts(service: ComposeService): object[] {
  return service.mounts
    .filter(({ type, tmpfsOptions }) => type === 'tmpfs' && tmpfsOptions === null)
    .map((mount) =>
      withoutEmpty({
        Type: 'tmpfs',
        Target: mount.target,
        ReadOnly: mount.readOnly || undefined,
        TmpfsOptions: withoutEmpty({
          SizeBytes: mount.tmpfsSize ?? undefined,
          Mode: mount.tmpfsMode ?? undefined,
        }),
      }),
    );
}

function shortTmpfs(service: ComposeService): Record<string, string> {
  const mounts = service.mounts.filter(
    ({ type, tmpfsOptions }) => type === 'tmpfs' && tmpfsOptions !== null,
  );
  return Object.fromEntries(mounts.map(({ target, tmpfsOptions }) => [target, tmpfsOptions ?? '']));
}

function logConfig({ logging }: ComposeService): HostConfig['LogConfig'] {
  const driver = logging?.driver ?? 'json-file';
  const rotates = driver === 'json-file' || driver === 'local';
  const options = Object.fromEntries(logging?.options ?? []);
  const Config = rotates && !options['max-size'] ? { ...defaultLogOptions, ...options } : options;
  return { Type: driver, Config };
}

function securityOptions(app: ResolvedApp, service: ComposeService): string[] {
  const own = [...service.securityOpt];
  // A trusted template may say otherwise; one that says nothing gets the same as everybody.
  const decided = own.some((option) => option.startsWith('no-new-privileges'));
  return decided || (app.trusted && service.privileged) ? own : [...own, 'no-new-privileges:true'];
}

/** `service:x` becomes the container of that service; other modes stay as they are. */
function joined(app: ResolvedApp, mode: string | null): string | undefined {
  if (mode === null) return undefined;
  return mode.startsWith('service:') ? `container:${nameOf(app, mode.slice(8))}` : mode;
}

/** Name of a service's container, or of the container that `container:x` names (trusted catalogs only). */
function nameOf(app: ResolvedApp, service: string): string {
  if (service.startsWith('container:')) return service.slice('container:'.length);
  const found = app.project.services.get(service);
  if (!found) throw new Error(`${app.appName} has no service ${service}`);
  return containerNameOf(app, found, 1);
}
