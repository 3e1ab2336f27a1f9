import type { CallOptions, Schema } from '../calls/call-types.js';
import type { Caller } from '../calls/caller.js';

type Node = Schema<'NodeDto'>;

/** The machines that apps run on, by id or host name. For administrators. */
export class NodesApi {
  constructor(private readonly caller: Caller) {}

  list(options: CallOptions = {}): Promise<Node[]> {
    return this.caller.call('listNodes', options);
  }

  /** @throws NotFound, Conflict where several have that name */
  get(node: string, options: CallOptions = {}): Promise<Node> {
    return this.caller.call('getNode', { path: { node }, ...options });
  }

  /** Has it run nothing; apps with data on it stop. @throws NotFound, Conflict without a Swarm */
  drain(node: string, options: CallOptions = {}): Promise<Node> {
    return this.caller.call('drainNode', { path: { node }, ...options });
  }

  /** @throws NotFound, Conflict without a Swarm */
  activate(node: string, options: CallOptions = {}): Promise<Node> {
    return this.caller.call('activateNode', { path: { node }, ...options });
  }

  /** In place of all that it has. @throws NotFound, InvalidParameter, Conflict without a Swarm */
  setLabels(
    node: string,
    labels: Readonly<Record<string, string>>,
    options: CallOptions = {},
  ): Promise<Node> {
    return this.caller.call('setNodeLabels', { path: { node }, body: { labels }, ...options });
  }
}
