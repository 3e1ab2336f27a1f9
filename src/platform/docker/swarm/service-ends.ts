import { LRUCache } from 'lru-cache';
import { toContainerEnd } from '../container-facts';
import type { ContainerEnd } from '../engine-types';
import { nodeName, UNKNOWN_END, type NodesById, type ServiceFacts } from './service-facts';
import type { SwarmHome } from './swarm-home';

const MAX_KEPT = 1_000;
/** A node that does not say how a container ended is asked again after this. */
const SILENT_NODE_MS = 30_000;

/** How the containers of services ended: the managers of a Swarm know no more than the exit code. */
export class ServiceEnds {
  /** By the id of the container, which ends once. */
  private readonly known = new LRUCache<string, ContainerEnd>({ max: MAX_KEPT });

  constructor(private readonly home: SwarmHome) {}

  /** Of the task that ended last; of a node that does not answer nothing is known. */
  async of({ lastEnded }: ServiceFacts, nodes: NodesById): Promise<ContainerEnd> {
    const container = lastEnded?.Status.ContainerStatus?.ContainerID;
    if (!container) return UNKNOWN_END;
    const known = this.known.get(container);
    if (known) return known;
    try {
      const end = await this.ask(container, lastEnded.NodeID ?? '', nodes);
      this.known.set(container, end);
      return end;
    } catch {
      this.known.set(container, UNKNOWN_END, { ttl: SILENT_NODE_MS });
      return UNKNOWN_END;
    }
  }

  private async ask(container: string, id: string, nodes: NodesById): Promise<ContainerEnd> {
    const { swarm } = await this.home.info();
    if (id !== swarm?.nodeId) {
      const name = nodeName(nodes.get(id), id);
      return this.home.elsewhere(container).end({ id, name }, container);
    }
    return toContainerEnd(await this.home.inspect(container));
  }
}
