import { TextField } from '../../http/fields';
import type { DomainError } from '../../platform/errors/domain-error';
import { EngineError } from '../../platform/docker/engine.errors';
import {
  NodeAmbiguousError,
  NodesOutOfReachError,
  NodeSilentError,
  NodeWithoutWorkerError,
} from './node.errors';

/** Which machine a call is about. */
export class NodeQueryDto {
  @TextField({
    optional: 'or-empty',
    maxLength: 255,
    description:
      'id or host name of a node of the Swarm; absent: the machine of the engine in use / 节点',
    example: 'worker-1',
  })
  node?: string;
}

/** Failures of a call that another node answers, for the OpenAPI document. */
export const NODE_FAILURES: readonly DomainError[] = [
  new EngineError('node-unknown', 'worker-9'),
  new NodeAmbiguousError('worker-1', ['24ifsmvkjbyhk', '7gqx2dvzp0c1n']),
  new NodeWithoutWorkerError('worker-1'),
  new NodeSilentError('worker-1', 5),
  new NodesOutOfReachError(),
];
