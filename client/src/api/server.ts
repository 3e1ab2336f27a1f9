import type { CallOptions, Schema } from '../calls/call-types.js';
import type { Caller } from '../calls/caller.js';
import { follow, type StreamOptions } from '../streams/follow.js';
import { OPERATIONS } from '../operations.js';

/** `node`: id or host name of the node of the Swarm that is meant; absent: the machine of the engine in use. */
export type NodeOptions = CallOptions & { readonly node?: string | undefined };

/** State and risks of the machine. */
export class ServerApi {
  constructor(private readonly caller: Caller) {}

  state(options: NodeOptions = {}): Promise<Schema<'ServerStateDto'>> {
    return this.caller.call('searchServer', ofNode(options));
  }

  /** Figures once a second until the signal or `break`. */
  async *events(options: StreamOptions = {}): AsyncGenerator<Schema<'ServerStateDto'>, void> {
    for await (const { type, data } of follow(this.caller, OPERATIONS.serverEvents[1], options))
      if (type === 'figures') yield JSON.parse(data) as Schema<'ServerStateDto'>;
  }

  /** Figures of the last minutes, at most a day. */
  history(minutes = 1440, options: CallOptions = {}): Promise<Schema<'HistoryPointDto'>[]> {
    return this.caller.call('serverHistory', { query: { minutes }, ...options });
  }

  risks(options: NodeOptions = {}): Promise<Schema<'RiskDto'>[]> {
    return this.caller.call('listRisks', ofNode(options));
  }

  /** Looks for risks now. For administrators. */
  scanRisks(options: NodeOptions = {}): Promise<Schema<'RiskDto'>[]> {
    return this.caller.call('scanRisks', ofNode(options));
  }

  async acknowledgeRisk(
    id: string,
    body: Schema<'AcknowledgeRiskDto'>,
    options: NodeOptions = {},
  ): Promise<void> {
    await this.caller.call('acknowledgeRisk', { path: { id }, body, ...ofNode(options) });
  }

  async reopenRisk(id: string, options: CallOptions = {}): Promise<void> {
    await this.caller.call('reopenRisk', { path: { id }, ...options });
  }
}

function ofNode({ node, ...options }: NodeOptions): CallOptions & { query?: { node: string } } {
  return node === undefined ? options : { ...options, query: { node } };
}
