import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { SharedReads } from '../../platform/waiting/shared-reads';
import { EngineSampler } from '../engine-sampler';
import { findNode } from './find-node';
import { revivedReport, type NodeReport } from './node-report';
import { NodeQueue, type NodeName } from './node.queue';

/** The managers know all nodes; slower than this they are of no use to somebody who waits. */
const LIST_TIMEOUT_MS = 5_000;

/** What other nodes tell of themselves. */
@Injectable()
export class NodeReports {
  private readonly shared = new SharedReads();

  constructor(
    private readonly engine: DockerEngine,
    private readonly sampler: EngineSampler,
    private readonly queue: NodeQueue,
  ) {
    engine.askElsewhere({
      stats: (node, container) => queue.ask(node, 'stats', { container }),
      end: (node, container) => queue.ask(node, 'end', { container }),
    });
  }

  /**
   * The node of that id or host name; null where it is the one of the engine in use, of which this process knows itself.
   * @throws EngineError `node-unknown`; NodeAmbiguousError
   */
  async elsewhere(ref: string | undefined): Promise<NodeName | null> {
    if (ref === undefined) return null;
    const { info } = this.sampler.latest;
    if (info && ref === (info.swarm?.nodeId ?? info.id)) return null;
    const nodes = await this.shared.read('nodes', () =>
      this.engine.nodes.list({ timeoutMs: LIST_TIMEOUT_MS }),
    );
    const node = findNode(nodes, ref);
    return node.isHome ? null : node;
  }

  /** Many who ask at once have one answer. Throws as `NodeQueue.ask`. */
  report(node: NodeName): Promise<NodeReport> {
    return this.shared.read(`report ${node.id}`, async () =>
      revivedReport(node.id, await this.queue.ask(node, 'report')),
    );
  }

  /** Looks for risks there now. Throws as `NodeQueue.ask`. */
  async scan(node: NodeName): Promise<NodeReport> {
    return revivedReport(node.id, await this.queue.ask(node, 'scan'));
  }
}
