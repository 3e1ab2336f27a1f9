import Dockerode from 'dockerode';
import { engineCall, READ_TIMEOUT_MS, type CallOptions } from './engine-call';
import { EngineContainers } from './engine-containers';
import { watchEngineEvents, type EngineEventListener } from './engine-events';
import { EngineGate, guardCalls, type EngineCheck } from './engine-gate';
import { EngineImages } from './engine-images';
import { isEngineFailure } from './engine.errors';
import { EngineNetworks } from './engine-networks';
import { useTransportsWithoutRedirects } from './engine-transport';
import type { DiskUsage, EngineInfo, EngineVersion } from './engine-types';
import { EngineVolumes } from './engine-volumes';

/** Whether there is an engine at all should be known quickly. */
const PING_TIMEOUT_MS = 2_000;
/** Sizes of images and volumes are counted on the spot. */
const DISK_USAGE_TIMEOUT_MS = 60_000;

export const DEFAULT_DOCKER_HOST = 'unix:///var/run/docker.sock';

/**
 * The one narrow client of the Docker Engine. Everything that it throws is an `EngineError` that
 * says which failure it is; every call has a deadline, long ones can be aborted.
 */
export class DockerEngine {
  readonly containers: EngineContainers;
  readonly images: EngineImages;
  readonly networks: EngineNetworks;
  readonly volumes: EngineVolumes;
  private readonly client: Dockerode;
  private readonly gate = new EngineGate(async () => (await this.info()).id);
  private readonly system: AbortableCalls;

  /** @param host `unix:///path/to.sock` or `tcp://host:port` */
  constructor(readonly host: string = DEFAULT_DOCKER_HOST) {
    useTransportsWithoutRedirects();
    this.client = new Dockerode(toConnection(host));
    guardCalls(this.client, this.gate);
    this.system = this.client;
    this.containers = new EngineContainers(this.client);
    this.images = new EngineImages(this.client);
    this.networks = new EngineNetworks(this.client);
    this.volumes = new EngineVolumes(this.client);
  }

  /** Whether it runs on this machine: its disk, ports and container addresses are then ours too. */
  get isLocal(): boolean {
    return this.host.startsWith('unix://');
  }

  /**
   * From now on an engine must pass this check before it is used, again after each lost connection. Until then
   * only `ping`, `version` and `info` work; all else throws what the check throws.
   */
  admitOnly(check: EngineCheck): void {
    this.gate.admitOnly(check);
  }

  /**
   * For work that begins with a change elsewhere; an engine that is away is left to the calls that need it.
   * @throws EngineError `engine-foreign`
   */
  async refuseForeign(): Promise<void> {
    try {
      await this.gate.pass();
    } catch (error) {
      if (isEngineFailure(error, 'engine-foreign')) throw error;
    }
  }

  /** Whether the engine that answered last did not pass the check. */
  get isForeign(): boolean {
    return this.gate.isForeign;
  }

  /** @throws EngineError `engine-unreachable`, `socket-permission` or, after 2 s, `engine-timeout` */
  async ping(options: CallOptions = {}): Promise<void> {
    await engineCall(
      { about: 'engine', subject: 'ping' },
      { timeoutMs: PING_TIMEOUT_MS, ...options },
      (abortSignal) => this.system.ping({ abortSignal }),
    );
  }

  async version(options: CallOptions = {}): Promise<EngineVersion> {
    const raw = await engineCall(
      { about: 'engine', subject: 'version' },
      { timeoutMs: PING_TIMEOUT_MS, ...options },
      () => this.client.version(),
    );
    return { version: raw.Version, apiVersion: raw.ApiVersion, os: raw.Os, arch: raw.Arch };
  }

  async info(options: CallOptions = {}): Promise<EngineInfo> {
    const raw = (await engineCall<unknown>(
      { about: 'engine', subject: 'info' },
      { timeoutMs: READ_TIMEOUT_MS, ...options },
      (abortSignal) => this.system.info({ abortSignal }),
    )) as {
      ID?: string;
      Name?: string;
      ServerVersion?: string;
      Architecture?: string;
      NCPU?: number;
      MemTotal?: number;
      DockerRootDir?: string;
      RegistryConfig?: { Mirrors?: string[] | null };
      Warnings?: string[] | null;
      Runtimes?: Record<string, unknown> | null;
      DefaultAddressPools?: { Base: string; Size: number }[] | null;
      SecurityOptions?: string[] | null;
    };
    return {
      id: raw.ID ?? '',
      name: raw.Name ?? '',
      version: raw.ServerVersion ?? '',
      arch: raw.Architecture ?? '',
      cpus: raw.NCPU ?? 0,
      memoryBytes: raw.MemTotal ?? 0,
      dataRoot: raw.DockerRootDir ?? '',
      registryMirrors: raw.RegistryConfig?.Mirrors ?? [],
      warnings: raw.Warnings ?? [],
      runtimes: Object.keys(raw.Runtimes ?? {}),
      mapsUserIds: (raw.SecurityOptions ?? []).some((o) => /^name=(userns|rootless)\b/.test(o)),
      addressPools: (raw.DefaultAddressPools ?? []).map((p) => ({ base: p.Base, size: p.Size })),
    };
  }

  /** Sizes in bytes. Slow on an engine with much data: seconds. */
  async diskUsage(options: CallOptions = {}): Promise<DiskUsage> {
    const raw = (await engineCall<unknown>(
      { about: 'engine', subject: 'disk usage' },
      { timeoutMs: DISK_USAGE_TIMEOUT_MS, ...options },
      (abortSignal) => this.system.df({ abortSignal }),
    )) as {
      LayersSize?: number;
      Images?:
        | {
            RepoTags?: string[] | null;
            Size: number;
            SharedSize: number;
            Containers: number;
          }[]
        | null;
      Containers?: { SizeRw?: number }[] | null;
      Volumes?: { Name: string; UsageData?: { Size: number; RefCount: number } | null }[] | null;
      BuildCache?: { Size?: number }[] | null;
    };
    const volumes = (raw.Volumes ?? []).map((v) => ({
      name: v.Name,
      sizeBytes: v.UsageData?.Size ?? -1,
      references: v.UsageData?.RefCount ?? -1,
    }));
    return {
      imagesBytes: raw.LayersSize ?? 0,
      containersBytes: (raw.Containers ?? []).reduce((sum, c) => sum + (c.SizeRw ?? 0), 0),
      volumesBytes: volumes.reduce((sum, v) => sum + Math.max(0, v.sizeBytes), 0),
      buildCacheBytes: (raw.BuildCache ?? []).reduce((sum, c) => sum + (c.Size ?? 0), 0),
      volumes,
      danglingImagesBytes: (raw.Images ?? [])
        .filter((i) => i.Containers === 0 && isNameless(i.RepoTags))
        .reduce((sum, i) => sum + Math.max(0, i.Size - Math.max(0, i.SharedSize)), 0),
    };
  }

  /** Container events of the given labels until aborted, over engine restarts. Never throws. */
  async watchEvents(
    labels: readonly string[],
    listener: EngineEventListener,
    signal: AbortSignal,
  ): Promise<void> {
    const closingGate: EngineEventListener = {
      onConnect: () => listener.onConnect(),
      onEvent: (event) => listener.onEvent(event),
      onDisconnect: (error) => {
        this.gate.close();
        listener.onDisconnect?.(error);
      },
    };
    await watchEngineEvents(this.client, labels, closingGate, signal);
  }
}

/** Calls that take a signal although the library's types do not say so. */
type AbortableCalls = Record<
  'ping' | 'info' | 'df',
  (options: { readonly abortSignal: AbortSignal }) => Promise<unknown>
>;

/** `host` and `socketPath` are both given: the library would fill a gap from the environment. */
function toConnection(host: string): Dockerode.DockerOptions {
  if (host.startsWith('unix://')) {
    return { socketPath: host.slice('unix://'.length), host: undefined };
  }
  const url = new URL(host.includes('://') ? host : `tcp://${host}`);
  return {
    host: url.hostname,
    port: Number(url.port || 2375),
    protocol: url.protocol === 'https:' ? 'https' : 'http',
    socketPath: undefined,
  };
}

function isNameless(tags: readonly string[] | null | undefined): boolean {
  return !tags || tags.every((tag) => tag === '<none>:<none>');
}
