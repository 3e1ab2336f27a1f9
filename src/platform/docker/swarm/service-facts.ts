import { bilingual, type Bilingual } from '../../i18n/bilingual';
import { classifyEngineError } from '../classify-engine-error';
import { EngineError, type EngineFailure } from '../engine.errors';
import type {
  ContainerCondition,
  ContainerEnd,
  ContainerState,
  ContainerSummary,
  HealthState,
  PlacementProblem,
} from '../engine-types';
import { wantedReplicas } from './service-mode';
import { shownName } from './service-name';
import { REPLICAS_LABEL } from './service-spec';
import { ENDED_STATES, type RawNode, type RawService, type RawTask } from './swarm-types';

/** After so many ends in a row a service is in a loop: the engine keeps five tasks of each replica, the present one too. */
const LOOP_FAILURES = 4;
/** So often a cause that the engine names is waited for to pass. */
const TOLERATED_FAILURES = 2;
const UNHEALTHY = /unhealthy container/i;
/**
 * What a node says that was away for a while: it still has networks of apps that were removed meanwhile, whose addresses
 * the managers have given to others, or its engine goes down again. Either is over within seconds.
 */
const PASSING: readonly EngineFailure[] = [
  'address-block-taken',
  'engine-unreachable',
  'swarm-without-majority',
];

/** Of a container that its node says nothing of. */
export const UNKNOWN_END: ContainerEnd = {
  outOfMemory: false,
  lastProbe: '',
  endedForHealth: false,
};

/** What a service, its tasks and their nodes come to, as one container. */
export interface ServiceFacts {
  readonly state: ContainerState;
  readonly health: HealthState;
  readonly exitCode: number | null;
  /** Ends of tasks since the service was started, but for those that pass by themselves. */
  readonly failures: number;
  /** The engine's own words about the last end, or why none can run. */
  readonly engineText: string;
  readonly placement: PlacementProblem | null;
  /** The task that failed last, or where all are over the one that ended last; null while as many run as are wanted. */
  readonly lastEnded: RawTask | null;
  /** Tasks that run, on nodes that answer. */
  readonly running: readonly RawTask[];
  /** Ids of the nodes that tasks are on, lost ones too. */
  readonly nodes: readonly string[];
}

export type NodesById = ReadonlyMap<string, RawNode>;

export function nodeName(node: RawNode | undefined, id: string): string {
  return node?.Description?.Hostname ?? id;
}

const isReady = (node: RawNode | undefined): boolean => node?.Status.State === 'ready';

/** The one node that may run the service; null: any. */
export function pinnedNode({ Spec: spec }: RawService): string | null {
  const constraints = spec.TaskTemplate.Placement?.Constraints ?? [];
  return constraints.map((c) => /^node\.id==(\S+)$/.exec(c)?.[1]).find(Boolean) ?? null;
}

/** How many replicas it has once it is started. */
export function plannedReplicas({ Spec: spec }: RawService): number {
  return Number(spec.Labels?.[REPLICAS_LABEL] ?? 1);
}

/** Judges a service by the tasks of its last start. */
export function toServiceFacts(
  service: RawService,
  tasks: readonly RawTask[],
  nodes: NodesById,
): ServiceFacts {
  const own = tasks.filter((task) => task.ServiceID === service.ID);
  const wanted = wantedReplicas(service);
  const nothing = { failures: 0, engineText: '', placement: null, lastEnded: null, running: [], nodes: [] }; // prettier-ignore
  if (wanted === 0) {
    const live = own.some((t) => !hasEnded(t) && t.NodeID && isReady(nodes.get(t.NodeID)));
    return { ...nothing, state: live ? 'running' : 'exited', health: 'none', exitCode: 0 };
  }
  const start = service.Spec.TaskTemplate.ForceUpdate ?? 0;
  const current = own.filter((t) => (t.Spec?.ForceUpdate ?? 0) === start);
  const newest = newestOfEachReplica(current);
  const running = newest.filter((t) => isUp(t) && isReady(nodes.get(t.NodeID ?? '')));
  const on = [...new Set(newest.flatMap((t) => (hasEnded(t) ? [] : (t.NodeID ?? []))))];
  const health: HealthState = hasHealthcheck(service) ? 'healthy' : 'none';
  const enough = service.Spec.Mode.Global ? onUsableNodes(newest, nodes) : wanted;
  if (running.length >= enough) {
    const failures = failuresOf(current).filter(counts).length;
    return { ...nothing, state: 'running', health, exitCode: null, failures, running, nodes: on };
  }
  const placement = placementProblem(service, current, nodes);
  const failed = failuresOf(current);
  const last = failed.at(-1);
  const engineText = last?.Status.Err ?? newest.find((t) => t.Status.Err)?.Status.Err ?? '';
  const failures = failed.filter(counts).length;
  const over = newest.length > 0 && newest.every(hasEnded);
  const lastEnded = last ?? (over ? newest.at(-1)! : null);
  const facts = { failures, engineText, placement, lastEnded, running, nodes: on };
  const exitCode = last?.Status.ContainerStatus?.ExitCode ?? 0;
  // The next task is there only after the delay between two starts.
  const isNextToCome = last !== undefined && !counts(last) && isStartedAgain(service);
  if (over && !isNextToCome) {
    const isComplete = newest.every((t) => t.Status.State === 'complete');
    return { ...facts, state: 'exited', health: 'none', exitCode: isComplete ? 0 : exitCode || 1 };
  }
  if (last) {
    const unhealthy = UNHEALTHY.test(engineText) ? ('unhealthy' as const) : ('none' as const);
    return { ...facts, state: 'restarting', health: unhealthy, exitCode };
  }
  return { ...facts, state: 'running', health: 'starting', exitCode: null };
}

export function toServiceSummary(
  service: RawService,
  { state, health, exitCode, placement, nodes }: ServiceFacts,
  imageId = '',
): ContainerSummary {
  const { Labels, TaskTemplate, EndpointSpec } = service.Spec;
  const pinned = pinnedNode(service);
  return {
    id: service.ID,
    name: shownName(service),
    image: TaskTemplate.ContainerSpec.Image,
    imageId,
    labels: Labels ?? {},
    state,
    health,
    exitCode,
    createdAt: new Date(service.CreatedAt),
    ports: (EndpointSpec?.Ports ?? []).map((port) => ({
      hostIp: '0.0.0.0',
      hostPort: port.PublishedPort,
      containerPort: port.TargetPort,
      protocol: port.Protocol === 'udp' ? 'udp' : 'tcp',
    })),
    networks: [],
    volumes: (TaskTemplate.ContainerSpec.Mounts ?? []).flatMap(({ Type, Source }) =>
      Type === 'volume' && Source ? [Source] : [],
    ),
    nodes,
    ...(pinned ? { pinnedTo: pinned } : {}),
    ...(placement ? { placement } : {}),
  };
}

export function toServiceCondition(
  service: RawService,
  facts: ServiceFacts,
  nodes: NodesById,
  end: ContainerEnd = UNKNOWN_END,
): ContainerCondition {
  const [first] = facts.running;
  return {
    id: service.ID,
    name: shownName(service),
    state: facts.state,
    health: facts.health,
    exitCode: facts.exitCode ?? 0,
    ...end,
    endedForHealth:
      end.endedForHealth || (facts.lastEnded !== null && UNHEALTHY.test(facts.engineText)),
    restartCount: facts.failures,
    isLooping: facts.state === 'restarting' && facts.failures >= LOOP_FAILURES,
    engineError: facts.engineText,
    addresses: [],
    publishedAt: (first && nodes.get(first.NodeID ?? '')?.Status.Addr) ?? null,
    startedAt: first ? new Date(first.Status.Timestamp) : null,
    finishedAt: null,
    ...(facts.placement ? { placement: facts.placement } : {}),
  };
}

/** The failure behind what the engine says of tasks that do not come up; null where that says nothing of use. */
export function failureBehind(service: RawService, facts: ServiceFacts): EngineError | null {
  const { engineText } = facts;
  const subject = service.Spec.Name;
  const port = String(service.Spec.EndpointSpec?.Ports?.[0]?.PublishedPort ?? '');
  if (/host-mode port already in use/i.test(engineText)) {
    return classifyEngineError(
      { statusCode: 500, message: `0.0.0.0:${port}: port is already allocated` },
      { about: 'container', subject },
    );
  }
  const statusCode = /no such image/i.test(engineText) ? 404 : 500;
  const failure = classifyEngineError(
    { statusCode, message: engineText },
    { about: 'image', subject: service.Spec.TaskTemplate.ContainerSpec.Image },
  );
  if (failure.failure === 'port-taken') return failure;
  if (passes(failure)) {
    if (facts.state !== 'exited') return null;
    return new EngineError(failure.failure, shownName(service), engineText);
  }
  const isKnown = !['engine-failing', 'unexpected'].includes(failure.failure);
  const isFinal = facts.state === 'exited' || facts.failures > TOLERATED_FAILURES;
  return isKnown && isFinal ? failure : null;
}

/** Whether the Swarm starts it again after each end. */
function isStartedAgain({ Spec: spec }: RawService): boolean {
  const { Condition, MaxAttempts = 0 } = spec.TaskTemplate.RestartPolicy;
  return Condition !== 'none' && MaxAttempts === 0;
}

function counts({ Status }: RawTask): boolean {
  const about = { about: 'network', subject: '' } as const;
  const end = classifyEngineError({ statusCode: 500, message: Status.Err ?? '' }, about);
  return !passes(end);
}

function passes({ failure }: EngineError): boolean {
  return PASSING.includes(failure);
}

/** Compares times to the nanosecond; the engine leaves out zeros at their end. */
function isBefore(one: string, other: string): boolean {
  return nanoseconds(one) < nanoseconds(other);
}

function nanoseconds(time: string): string {
  const [seconds = '', fraction = ''] = time.replace('Z', '').split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}

function hasEnded({ Status }: RawTask): boolean {
  return ENDED_STATES.includes(Status.State);
}

function isUp({ Status, DesiredState }: RawTask): boolean {
  return Status.State === 'running' && DesiredState === 'running';
}

/** How many of them are to run, one on each node: on one that is lost or drained none is. At least one. */
function onUsableNodes(newest: readonly RawTask[], nodes: NodesById): number {
  const usable = newest.filter(({ NodeID: id, Status }) => {
    const node = nodes.get(id ?? '');
    const isGone = ['shutdown', 'remove', 'orphaned'].includes(Status.State);
    return !isGone && isReady(node) && node?.Spec.Availability !== 'drain';
  });
  return Math.max(1, usable.length);
}

function failuresOf(tasks: readonly RawTask[]): RawTask[] {
  return tasks
    .filter(({ Status }) => Status.State === 'failed' || Status.State === 'rejected')
    .sort((one, other) => (isBefore(one.Status.Timestamp, other.Status.Timestamp) ? -1 : 1));
}

function newestOfEachReplica(tasks: readonly RawTask[]): RawTask[] {
  const newest = new Map<string, RawTask>();
  for (const task of tasks) {
    const replica = String(task.Slot ?? task.NodeID);
    const known = newest.get(replica);
    if (!known || isBefore(known.CreatedAt, task.CreatedAt)) newest.set(replica, task);
  }
  return [...newest.values()];
}

function hasHealthcheck({ Spec: spec }: RawService): boolean {
  const test = spec.TaskTemplate.ContainerSpec.Healthcheck?.Test ?? [];
  return test.length > 0 && test[0] !== 'NONE';
}

function placementProblem(
  service: RawService,
  tasks: readonly RawTask[],
  nodes: NodesById,
): PlacementProblem | null {
  const pinned = pinnedNode(service);
  // A lost node keeps its task: the one that is to take its place waits beside it.
  const held = tasks.filter((t) => !hasEnded(t)).flatMap(({ NodeID: id }) => (id ? [id] : []));
  const lost = [...(pinned ? [pinned] : []), ...held].find((id) => !isReady(nodes.get(id)));
  if (lost) return { code: 'node-lost', text: lostText(service, nodeName(nodes.get(lost), lost)) };
  const waiting = tasks.find(({ Status }) => Status.State === 'pending' && Status.Err);
  if (!waiting) return null;
  return { code: 'not-placed', text: notPlacedText(service, waiting.Status.Err ?? '') };
}

function lostText({ Spec: { Name: name } }: RawService, node: string): Bilingual {
  return bilingual(
    `服务 ${name} 所在的节点 ${node} 没有应答，其状态未知；节点恢复后会自动更新，数据不会被移动`,
    `The node ${node} of service ${name} does not answer, so its state is unknown; it is known again when the node is back, and nothing was moved`,
  );
}

function notPlacedText({ Spec: { Name: name } }: RawService, reason: string): Bilingual {
  return bilingual(
    `没有节点可以运行服务 ${name}：${reason}`,
    `No node can run service ${name}: ${reason}`,
  );
}
