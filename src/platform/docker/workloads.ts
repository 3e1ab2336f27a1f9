import type { CallOptions } from './engine-call';
import type {
  ContainerCondition,
  ContainerSpec,
  ContainerStats,
  ContainerSummary,
  DeploySettings,
  EndpointSettings,
  LogLine,
  ServiceFile,
} from './engine-types';

export interface LogOptions {
  /** Newest lines to start with; all when absent. */
  readonly tail?: number;
  readonly since?: Date;
}

export interface Attachment {
  /** Name of the network. */
  readonly network: string;
  readonly endpoint: EndpointSettings;
}

export interface WorkloadOptions extends CallOptions {
  readonly platform?: string;
  /** Networks beyond the one in the specification. */
  readonly networks?: readonly Attachment[];
  /** How many of it run side by side; only a Swarm has more than one of a name. */
  readonly replicas?: number;
  /** What a service of a Swarm has beyond a container. */
  readonly deploy?: DeploySettings;
  /** What a service of a Swarm gets from the Swarm instead of from the disk of a node. */
  readonly files?: readonly ServiceFile[];
}

/** What the engine says of one workload, as far as an install depends on it. */
export interface WorkloadDetails {
  readonly Id: string;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly State: { readonly Running: boolean };
  readonly HostConfig: { readonly Binds?: readonly string[] };
}

/**
 * What an app runs as: containers of one engine, or services of a Swarm. The one place where the two differ for
 * installs, status and lifecycle. A service is shown as the container that it stands for: its replicas and the
 * tasks that replace each other make up one state. `ref` is an id or a name; every call throws `EngineError`.
 */
export interface Workloads {
  /** All that carry all of the given labels (`key` or `key=value`), stopped ones too. */
  list(labels?: readonly string[], options?: CallOptions): Promise<ContainerSummary[]>;
  /** Null where there is none of that name or id. */
  find(ref: string, options?: CallOptions): Promise<WorkloadDetails | null>;
  inspect(ref: string, options?: CallOptions): Promise<WorkloadDetails>;
  condition(ref: string, options?: CallOptions): Promise<ContainerCondition>;
  /** Returns the id; nothing runs yet. `name-taken` when the name is in use. */
  create(name: string, spec: ContainerSpec, options?: WorkloadOptions): Promise<string>;
  /** Gives one that was made before, and does not run, the networks beyond its first. */
  attach(ref: string, networks: readonly Attachment[], options?: CallOptions): Promise<void>;
  /** Started already counts as done. */
  start(ref: string, options?: CallOptions): Promise<void>;
  /**
   * After `start`: resolves when it runs, has ended, or needs longer than a request waits.
   * @throws EngineError with the reason why it cannot be started, such as `port-taken`
   */
  untilStarted(ref: string, options?: CallOptions): Promise<void>;
  /** Asks with TERM, kills after `graceSeconds`. Stopped already, or gone, counts as done. */
  stop(ref: string, graceSeconds: number, options?: CallOptions): Promise<void>;
  /** Gone already counts as done; resolves when nothing of it runs any more. */
  remove(ref: string, options?: CallOptions): Promise<void>;
  rename(ref: string, name: string, options?: CallOptions): Promise<void>;
  /**
   * Id of the container in which it runs on this node, for commands in it. `container-not-found` where it does not
   * run, `runs-elsewhere` where only other nodes run it.
   */
  containerHere(ref: string, options?: CallOptions): Promise<string>;
  stats(ref: string, options?: CallOptions): Promise<ContainerStats>;
  /** The log so far, oldest line first, at most `tail` lines. */
  logs(ref: string, log: LogOptions, options?: CallOptions): Promise<LogLine[]>;
  /** Hands over log lines as they come, until it ends or the signal says stop. */
  followLogs(
    ref: string,
    log: LogOptions,
    signal: AbortSignal,
    onLine: (line: LogLine) => void,
  ): Promise<void>;
}
