import type { CallOptions, Schema } from '../calls/call-types.js';
import type { Caller } from '../calls/caller.js';
import { follow, type StreamOptions } from '../streams/follow.js';
import { OPERATIONS } from '../operations.js';

/** State and risks of the machine. */
export class ServerApi {
  constructor(private readonly caller: Caller) {}

  state(options: CallOptions = {}): Promise<Schema<'ServerStateDto'>> {
    return this.caller.call('searchServer', options);
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

  risks(options: CallOptions = {}): Promise<Schema<'RiskDto'>[]> {
    return this.caller.call('listRisks', options);
  }

  /** Looks for risks now. For administrators. */
  scanRisks(options: CallOptions = {}): Promise<Schema<'RiskDto'>[]> {
    return this.caller.call('scanRisks', options);
  }

  async acknowledgeRisk(
    id: string,
    body: Schema<'AcknowledgeRiskDto'>,
    options: CallOptions = {},
  ): Promise<void> {
    await this.caller.call('acknowledgeRisk', { path: { id }, body, ...options });
  }

  async reopenRisk(id: string, options: CallOptions = {}): Promise<void> {
    await this.caller.call('reopenRisk', { path: { id }, ...options });
  }
}
