import { EngineError } from '../../platform/docker/engine.errors';
import { NodeAmbiguousError } from './node.errors';

/**
 * @param ref id or host name
 * @throws EngineError `node-unknown`; NodeAmbiguousError
 */
export function findNode<Node extends { readonly id: string; readonly name: string }>(
  nodes: readonly Node[],
  ref: string,
): Node {
  const found = nodes.find(({ id }) => id === ref);
  if (found) return found;
  const named = nodes.filter(({ name }) => name === ref);
  const [first, ...others] = named;
  if (!first) throw new EngineError('node-unknown', ref);
  if (others.length > 0) {
    throw new NodeAmbiguousError(
      ref,
      named.map(({ id }) => id),
    );
  }
  return first;
}
