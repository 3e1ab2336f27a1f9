import type Dockerode from 'dockerode';
import { statusCodeOf, type EngineCall } from './classify-engine-error';
import { nameInPath } from './engine-name';
import { engineCall, READ_TIMEOUT_MS, WRITE_TIMEOUT_MS, type CallOptions } from './engine-call';
import { isEngineFailure } from './engine.errors';
import type { NetworkSpec, NetworkSummary } from './engine-types';

const about = (subject: string): EngineCall => ({ about: 'network', subject });

/** What may be done to networks. Every call throws `EngineError`. */
export class EngineNetworks {
  /** @param adapt what becomes of a specification before it is sent */
  constructor(
    private readonly client: Dockerode,
    private readonly adapt: (spec: NetworkSpec) => NetworkSpec = (spec) => spec,
  ) {}

  async list(labels: readonly string[] = [], options: CallOptions = {}): Promise<NetworkSummary[]> {
    const rows = await engineCall(
      about('list'),
      { timeoutMs: READ_TIMEOUT_MS, ...options },
      (abortSignal) => this.client.listNetworks({ filters: { label: [...labels] }, abortSignal }),
    );
    return rows.map(toSummary);
  }

  /** The network of exactly that name, or null. The engine itself would also match id prefixes. */
  async find(name: string, options: CallOptions = {}): Promise<NetworkSummary | null> {
    const rows = await engineCall(
      about(name),
      { timeoutMs: READ_TIMEOUT_MS, ...options },
      (abortSignal) => this.client.listNetworks({ filters: { name: [name] }, abortSignal }),
    );
    const row = rows.find((n) => n.Name === name);
    return row ? toSummary(row) : null;
  }

  /** Every IPv4 block that a network of the engine uses, as CIDR. */
  async subnets(options: CallOptions = {}): Promise<string[]> {
    const rows = await engineCall(
      about('list'),
      { timeoutMs: READ_TIMEOUT_MS, ...options },
      (abortSignal) => this.client.listNetworks({ abortSignal }),
    );
    return rows
      .flatMap((n) => n.IPAM?.Config ?? [])
      .flatMap((c) => (c.Subnet && !c.Subnet.includes(':') ? [c.Subnet] : []));
  }

  /** Names of the containers attached to a network, running ones. */
  async members(ref: string, options: CallOptions = {}): Promise<string[]> {
    const details = (await engineCall(
      about(ref),
      { timeoutMs: READ_TIMEOUT_MS, ...options },
      () => this.client.getNetwork(nameInPath(ref)).inspect() as Promise<unknown>,
    )) as { Containers?: Record<string, { Name?: string }> };
    return Object.values(details.Containers ?? {}).map((c) => c.Name ?? '');
  }

  /** Returns the id; `name-taken` when a network of that name exists. */
  async create(spec: NetworkSpec, options: CallOptions = {}): Promise<string> {
    const network = await engineCall(
      about(spec.Name),
      { timeoutMs: WRITE_TIMEOUT_MS, ...options },
      (abortSignal) =>
        this.client.createNetwork({ ...this.adapt(spec), CheckDuplicate: true, abortSignal }),
    );
    return network.id;
  }

  /** Gone already counts as done; with containers on it throws `network-in-use`. */
  async remove(ref: string, options: CallOptions = {}): Promise<void> {
    await engineCall(about(ref), { timeoutMs: WRITE_TIMEOUT_MS, ...options }, (abortSignal) =>
      this.client.getNetwork(nameInPath(ref)).remove({ abortSignal }),
    ).catch((error: unknown) => {
      if (isEngineFailure(error, 'network-missing')) return;
      if (statusCodeOf((error as Error).cause) === 404) return;
      throw error;
    });
  }
}

function toSummary(raw: Dockerode.NetworkInspectInfo): NetworkSummary {
  return {
    id: raw.Id,
    name: raw.Name,
    labels: raw.Labels ?? {},
    subnets: (raw.IPAM?.Config ?? []).flatMap((range) =>
      range['Subnet'] ? [range['Subnet']] : [],
    ),
  };
}
