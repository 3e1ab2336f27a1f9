import type Dockerode from 'dockerode';
import { LRUCache } from 'lru-cache';
import { pollUntil } from '../../waiting/poll-until';
import type { EngineCall } from '../classify-engine-error';
import { toContainerStats } from '../container-facts';
import { engineCall, READ_TIMEOUT_MS, WRITE_TIMEOUT_MS, type CallOptions } from '../engine-call';
import { EngineError, isEngineFailure } from '../engine.errors';
import { nameInPath } from '../engine-name';
import {
  NO_DEPLOY_SETTINGS,
  type ContainerCondition,
  type ContainerSpec,
  type ContainerStats,
  type ContainerSummary,
  type LogLine,
} from '../engine-types';
import { LogFrames } from '../log-frames';
import type { RegistryLogin } from '../registry/registry-logins';
import type {
  Attachment,
  LogOptions,
  WorkloadDetails,
  WorkloadOptions,
  Workloads,
} from '../workloads';
import type { SwarmHome } from './swarm-home';
import {
  failureBehind,
  nodeName,
  pinnedNode,
  plannedReplicas,
  toServiceCondition,
  toServiceFacts,
  toServiceSummary,
  type NodesById,
} from './service-facts';
import { ServiceEnds } from './service-ends';
import { wantedReplicas, withReplicas } from './service-mode';
import { isRenamed, renamed, shownName, storedName } from './service-name';
import { graceMsOf, hasLocalData, toServiceSpec, type ServiceSpec } from './service-spec';
import { SwarmApi } from './swarm-api';
import { ENDED_STATES, type RawNode, type RawService, type RawTask } from './swarm-types';

const POLL_MS = 200;
const MAX_IMAGE_IDS = 2_000;
/** An image that this node does not have is looked for again after this. */
const ABSENT_IMAGE_MS = 60_000;
/** A node that has to pull the image first needs longer; the status tells of it then. */
const START_WAIT_MS = 20_000;
/** A change by somebody else in between makes an update fail: it is read again and sent again. */
const MAX_UPDATE_ATTEMPTS = 5;
const SERVICE_LABEL = 'com.docker.swarm.service.id';

const about = (subject: string): EngineCall => ({ about: 'service', subject });

/** Apps as services of a Swarm. Each is made without a replica, so that it can be started in its turn. */
export class SwarmServices implements Workloads {
  private readonly api: SwarmApi;
  /** A digest stands for one image for ever. */
  private readonly ends: ServiceEnds;
  private readonly imageIds = new LRUCache<string, string>({ max: MAX_IMAGE_IDS });

  constructor(
    private readonly client: Dockerode,
    private readonly home: SwarmHome,
  ) {
    this.api = new SwarmApi(client);
    this.ends = new ServiceEnds(home);
  }

  async list(
    labels: readonly string[] = [],
    options: CallOptions = {},
  ): Promise<ContainerSummary[]> {
    const [services, tasks, nodes] = await Promise.all([
      this.services({ label: [...labels] }, options),
      this.tasks(options),
      this.nodesById(options),
    ]);
    return Promise.all(
      services.map(async (service) =>
        toServiceSummary(
          service,
          toServiceFacts(service, tasks, nodes),
          await this.imageIdOf(service.Spec.TaskTemplate.ContainerSpec.Image),
        ),
      ),
    );
  }

  async find(ref: string, options: CallOptions = {}): Promise<WorkloadDetails | null> {
    const service = await this.findService(ref, options);
    if (!service) return null;
    const mounts = service.Spec.TaskTemplate.ContainerSpec.Mounts ?? [];
    return {
      Id: service.ID,
      Config: { Labels: service.Spec.Labels ?? {} },
      State: { Running: wantedReplicas(service) > 0 },
      HostConfig: {
        Binds: mounts
          .filter(({ Type }) => Type === 'bind')
          .map(({ Source, Target }) => `${Source}:${Target}`),
      },
    };
  }

  async inspect(ref: string, options: CallOptions = {}): Promise<WorkloadDetails> {
    const found = await this.find(ref, options);
    if (!found) throw new EngineError('container-not-found', ref);
    return found;
  }

  /** @throws EngineError also where the engine says why its tasks do not come up, such as `port-taken` */
  async condition(ref: string, options: CallOptions = {}): Promise<ContainerCondition> {
    const { service, facts, nodes, isUp } = await this.look(ref, options);
    // The Swarm has brought back what was there before: whoever waits for what was asked for waits in vain.
    if (service.UpdateStatus?.State.startsWith('rollback'))
      throw new EngineError('update-taken-back', shownName(service));
    const failure = isUp ? null : failureBehind(service, facts);
    if (failure) throw failure;
    return toServiceCondition(service, facts, nodes, await this.ends.of(facts, nodes));
  }

  private async look(ref: string, options: CallOptions) {
    const service = await this.getService(ref, options);
    const [tasks, nodes] = await Promise.all([this.tasks(options), this.nodesById(options)]);
    const facts = toServiceFacts(service, tasks, nodes);
    const isUp = facts.state === 'running' && facts.health !== 'starting';
    return { service, facts, nodes, isUp };
  }

  async create(name: string, spec: ContainerSpec, options: WorkloadOptions = {}): Promise<string> {
    const { platform = null, networks = [], replicas = 1, deploy = NO_DEPLOY_SETTINGS } = options;
    const { files = [] } = options;
    const { swarm } = await this.home.info();
    const image = await this.imageOf(spec.Image ?? '');
    const body = toServiceSpec(name, spec, {
      networks,
      replicas,
      image: image.reference,
      // What only this node has, data or image, keeps the service here.
      node: hasLocalData(spec, files) || image.isLocal ? (swarm?.nodeId ?? '') : null,
      platform,
      deploy,
      files,
    });
    const login = await this.loginFor(image.reference);
    const request = { method: 'POST', path: '/services/create', body, login } as const;
    return ((await this.api.change(name, request, options)) as { ID: string }).ID;
  }

  /** Nothing to do: a service has all its networks from the beginning. */
  async attach(_ref: string, _networks: readonly Attachment[]): Promise<void> {}

  /** One whose tasks have ended for good is started anew. */
  async start(ref: string, options: CallOptions = {}): Promise<void> {
    const { service, facts } = await this.look(ref, options);
    const isOver = wantedReplicas(service) > 0 && facts.state === 'exited';
    await this.scale(ref, plannedReplicas, options, isOver);
  }

  async untilStarted(ref: string, options: CallOptions = {}): Promise<void> {
    const probe = async (): Promise<boolean> => {
      const { service, facts, isUp } = await this.look(ref, options);
      const failure = isUp ? null : failureBehind(service, facts);
      if (failure) throw failure;
      return isUp || facts.state !== 'running' || facts.placement !== null;
    };
    await pollUntil(probe, { deadlineMs: START_WAIT_MS, everyMs: POLL_MS }, () => true);
  }

  async stop(ref: string, graceSeconds: number, options: CallOptions = {}): Promise<void> {
    const service = await this.scale(ref, () => 0, options).catch((error: unknown) => {
      if (isEngineFailure(error, 'container-not-found')) return null;
      throw error;
    });
    if (service) await this.untilNothingRuns(service, (graceSeconds + 30) * 1000, options);
  }

  async remove(ref: string, options: CallOptions = {}): Promise<void> {
    const service = await this.findService(ref, options);
    if (!service) return;
    const { ID: id, Spec: spec } = service;
    await this.api
      .change(spec.Name, { method: 'DELETE', path: `/services/${id}` }, options)
      .catch((error: unknown) => {
        if (!isEngineFailure(error, 'container-not-found')) throw error;
      });
    await this.untilNothingRuns(service, graceMsOf(service) + WRITE_TIMEOUT_MS, options);
    await this.untilNoContainer(service, options);
  }

  /**
   * Services keep their name for life: a copy that does not run takes the place of this one. Where that was broken
   * off both are there, and the rest is done.
   */
  async rename(ref: string, name: string, options: CallOptions = {}): Promise<void> {
    const service = await this.getService(ref, options);
    if (shownName(service) === name) return;
    const there = await this.findService(name, options);
    if (there && !isRenamed(there, service)) throw new EngineError('name-taken', name);
    if (!there) {
      const body = renamed(service, name);
      // Nodes that ran it have the image: a login that cannot be read is no reason to stop here.
      const login = await this.loginFor(body.TaskTemplate.ContainerSpec.Image).catch(() => null);
      const request = { method: 'POST', path: '/services/create', body, login } as const;
      await this.api.change(name, request, options);
    }
    await this.remove(service.ID, options);
  }

  async containerHere(ref: string, options: CallOptions = {}): Promise<string> {
    const { container, isHere } = await this.runningTask(ref, options);
    if (!isHere) throw new EngineError('runs-elsewhere', ref);
    return container;
  }

  async stats(ref: string, options: CallOptions = {}): Promise<ContainerStats> {
    const { task, container, isHere } = await this.runningTask(ref, options);
    if (!isHere) {
      const id = task.NodeID ?? '';
      const name = nodeName((await this.nodesById(options)).get(id), id);
      return this.home.elsewhere(container).stats({ id, name }, container);
    }
    const raw = await engineCall(about(ref), { timeoutMs: READ_TIMEOUT_MS, ...options }, () =>
      this.client.getContainer(nameInPath(container)).stats({ stream: false }),
    );
    return toContainerStats(raw);
  }

  async logs(ref: string, log: LogOptions, options: CallOptions = {}): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    const limit = AbortSignal.timeout(READ_TIMEOUT_MS);
    const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit;
    await this.readLogs(ref, log, false, signal, (line) => lines.push(line));
    options.signal?.throwIfAborted();
    return log.tail === undefined ? lines : lines.slice(-log.tail);
  }

  followLogs(
    ref: string,
    log: LogOptions,
    signal: AbortSignal,
    onLine: (line: LogLine) => void,
  ): Promise<void> {
    return this.readLogs(ref, log, true, signal, onLine);
  }

  /** The node of the services with data; null where they have none. */
  async nodeOfData(labels: readonly string[]): Promise<string | null> {
    const services = await this.services({ label: [...labels] }, {});
    return services.map(pinnedNode).find((node) => node !== null) ?? null;
  }

  /** One of this node before others. @throws EngineError `container-not-found` */
  private async runningTask(
    ref: string,
    options: CallOptions,
  ): Promise<{ readonly task: RawTask; readonly container: string; readonly isHere: boolean }> {
    const service = await this.getService(ref, options);
    const { swarm } = await this.home.info();
    const tasks = (await this.tasks(options)).filter((t) => t.ServiceID === service.ID);
    const running = tasks.filter((t) => t.Status.State === 'running');
    const task = running.find((t) => t.NodeID === swarm?.nodeId) ?? running[0];
    const container = task?.Status.ContainerStatus?.ContainerID;
    if (!container) throw new EngineError('container-not-found', service.Spec.Name);
    return { task, container, isHere: task.NodeID === swarm?.nodeId };
  }

  /** Nodes that do not answer keep the stream open without an end. */
  private async readLogs(
    ref: string,
    log: LogOptions,
    follow: boolean,
    signal: AbortSignal,
    onLine: (line: LogLine) => void,
  ): Promise<void> {
    const service = await this.getService(ref, { signal });
    const { TTY = false } = service.Spec.TaskTemplate.ContainerSpec;
    const frames = new LogFrames(TTY);
    try {
      const query = {
        stdout: true,
        stderr: true,
        timestamps: true,
        follow,
        ...(log.tail === undefined ? {} : { tail: log.tail }),
        ...(log.since === undefined ? {} : { since: Math.floor(log.since.getTime() / 1000) }),
      };
      const stream = await this.api.stream(ref, `/services/${service.ID}/logs`, query, signal);
      for await (const chunk of stream) for (const line of frames.push(chunk)) onLine(line);
      for (const line of frames.end()) onLine(line);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  private async scale(
    ref: string,
    replicasOf: (service: RawService) => number,
    options: CallOptions,
    anew = false,
  ): Promise<RawService> {
    for (let attempt = 1; ; attempt += 1) {
      const service = await this.getService(ref, options);
      const replicas = replicasOf(service);
      if (wantedReplicas(service) === replicas && !anew) return service;
      try {
        await this.update(service, withReplicas(service, replicas), options);
        return service;
      } catch (error) {
        const isStale = /out of sequence/i.test((error as EngineError).engineText);
        if (!isStale || attempt >= MAX_UPDATE_ATTEMPTS) throw error;
      }
    }
  }

  private async update(
    { ID: id, Version: version }: RawService,
    spec: ServiceSpec,
    options: CallOptions,
  ): Promise<void> {
    const query = { version: version.Index };
    const path = `/services/${id}/update`;
    // Without one the Swarm keeps that of the last change.
    const login = await this.loginFor(spec.TaskTemplate.ContainerSpec.Image).catch(() => null);
    await this.api.change(spec.Name, { method: 'POST', path, query, body: spec, login }, options);
  }

  /** Tasks on a node that does not answer cannot be waited for. */
  private untilNothingRuns(
    { ID: id, Spec: { Name: name } }: RawService,
    timeoutMs: number,
    options: CallOptions,
  ): Promise<void> {
    return untilStopped(name, timeoutMs, options, async () => {
      const [tasks, nodes] = await Promise.all([this.tasks(options), this.nodesById(options)]);
      return !tasks.some(
        (task) =>
          task.ServiceID === id &&
          !ENDED_STATES.includes(task.Status.State) &&
          nodes.get(task.NodeID ?? '')?.Status.State === 'ready',
      );
    });
  }

  /** The node removes a container a moment after its task: until then its volumes are in use. */
  private untilNoContainer(
    { ID: id, Spec: { Name: name } }: RawService,
    options: CallOptions,
  ): Promise<void> {
    const filters = { label: [`${SERVICE_LABEL}=${id}`] };
    return untilStopped(name, WRITE_TIMEOUT_MS, options, async () => {
      const left = await engineCall(
        about(name),
        { timeoutMs: READ_TIMEOUT_MS, ...options },
        (abortSignal) => this.client.listContainers({ all: true, filters, abortSignal }),
      );
      return left.length === 0;
    });
  }

  /** For the nodes that pull the image; one that is named by its id is pulled by none. */
  private loginFor(image: string): Promise<RegistryLogin | null> {
    return image.startsWith('sha256:') ? Promise.resolve(null) : this.home.findLogin(image);
  }

  /** By its digest, so that every node runs the same; an image that no registry has, by its id, which no node pulls. */
  private async imageOf(reference: string): Promise<{ reference: string; isLocal: boolean }> {
    const found = await this.home.findImage(reference);
    if (!found) throw new EngineError('image-not-found', reference);
    const repository = reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
    const digests = found.RepoDigests ?? [];
    const digest = digests.find((d) => d.startsWith(`${repository}@`));
    return digest ? { reference: digest, isLocal: false } : { reference: found.Id, isLocal: true };
  }

  /** Of this node; empty where it does not have the image. */
  private async imageIdOf(reference: string): Promise<string> {
    if (reference.startsWith('sha256:')) return reference;
    const known = this.imageIds.get(reference);
    if (known !== undefined) return known;
    const id = (await this.home.findImage(reference))?.Id ?? '';
    if (reference.includes('@')) this.imageIds.set(reference, id, { ttl: id === '' ? ABSENT_IMAGE_MS : 0 }); // prettier-ignore
    return id;
  }

  private async getService(ref: string, options: CallOptions): Promise<RawService> {
    const service = await this.findService(ref, options);
    if (!service) throw new EngineError('container-not-found', ref);
    return service;
  }

  /** By its full id or its exact name. The engine itself would also match the beginning of either. */
  private async findService(ref: string, options: CallOptions): Promise<RawService | null> {
    const name = storedName(ref);
    const isMeant = ({ ID, Spec }: RawService): boolean => ID === ref || Spec.Name === name;
    const named = await this.services({ name: [name] }, options);
    const found = named.find(isMeant);
    if (found) return found;
    return (await this.services({ id: [ref] }, options)).find(isMeant) ?? null;
  }

  private services(
    filters: Readonly<Record<string, readonly string[]>>,
    options: CallOptions,
  ): Promise<RawService[]> {
    return this.api.list('services', filters, options);
  }

  private tasks(options: CallOptions): Promise<RawTask[]> {
    return this.api.list('tasks', {}, options);
  }

  private async nodesById(options: CallOptions): Promise<NodesById> {
    const nodes = await this.api.list<RawNode>('nodes', {}, options);
    return new Map(nodes.map((node) => [node.ID, node]));
  }
}

/** @throws EngineError `engine-timeout`: the nodes have not reported yet; and the abort reason */
async function untilStopped(
  name: string,
  deadlineMs: number,
  { signal }: CallOptions,
  isStopped: () => Promise<boolean>,
): Promise<void> {
  const probe = (): Promise<boolean> => {
    signal?.throwIfAborted();
    return isStopped();
  };
  await pollUntil(probe, { deadlineMs, everyMs: POLL_MS }, () => {
    throw new EngineError('engine-timeout', name);
  });
}
