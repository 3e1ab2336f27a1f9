import { domainError } from '../../platform/errors/domain-error';

export class NodeAmbiguousError extends domainError(
  'conflict',
  (name: string, ids: readonly string[]) =>
    `有多个节点名为 ${name}，请使用编号：${ids.join('、')}。`,
  (name, ids) => `Several nodes are called ${name}: use an id, ${ids.join(' or ')}.`,
) {}

/** On a single engine there is nothing that an app could move to, and no scheduler that reads labels. */
export class SingleNodeError extends domainError(
  'conflict',
  '只有一个引擎时，节点不能被排空、启用或加标签：这些操作需要 ORCHESTRATOR=swarm。',
  'With a single engine its node cannot be drained, activated or labelled: that takes ORCHESTRATOR=swarm.',
) {}

/** Nobody there to answer: the machine is off, or nothing was started on it. */
export class NodeWithoutWorkerError extends domainError(
  'unavailable',
  (name: string) =>
    `节点 ${name} 上没有工作进程应答：该节点已离线，或者没有在其上运行 ROLE=worker 的进程。`,
  (name) =>
    `No worker process answers on the node ${name}: it is down, or no process with ROLE=worker runs there.`,
) {}

/** There is a worker, but its answer did not come in time. */
export class NodeSilentError extends domainError(
  'unavailable',
  (name: string, seconds: number) =>
    `节点 ${name} 上的工作进程未在 ${seconds} 秒内应答：请稍后重试，并查看该节点上工作进程的日志。`,
  (name, seconds) =>
    `The worker process on the node ${name} did not answer within ${seconds} s: try again later, and see its log there.`,
) {}

/** Other nodes are asked over Redis. */
export class NodesOutOfReachError extends domainError(
  'unavailable',
  'Redis 没有应答，无法询问其他节点：本节点的数据不受影响，请稍后重试。',
  'Redis does not answer, over which other nodes are asked: what is known of this node is still there; try again later.',
) {}
