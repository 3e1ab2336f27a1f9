import type Dockerode from 'dockerode';
import type { CallOptions } from '../engine-call';
import { isEngineFailure } from '../engine.errors';
import type { ServiceFile } from '../engine-types';
import { SwarmApi } from './swarm-api';

/** A config or secret. Neither can be changed once it is made. */
export interface SwarmFile {
  readonly kind: ServiceFile['kind'];
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface NewSwarmFile extends Omit<SwarmFile, 'id'> {
  readonly content: Buffer;
}

/** Every call throws `EngineError`. */
export interface SwarmFiles {
  /** All that carry all of the given labels (`key` or `key=value`). */
  list(labels: readonly string[], options?: CallOptions): Promise<SwarmFile[]>;
  /** Answers the id; `name-taken` where there is one of that kind and name. */
  create(file: NewSwarmFile, options?: CallOptions): Promise<string>;
  /** Gone already counts as done; `file-in-use` where a service has it. */
  remove(file: SwarmFile, options?: CallOptions): Promise<void>;
}

interface RawFile {
  readonly ID: string;
  readonly Spec: { readonly Name: string; readonly Labels?: Readonly<Record<string, string>> };
}

export class ClusterFiles implements SwarmFiles {
  private readonly api: SwarmApi;

  constructor(client: Dockerode) {
    this.api = new SwarmApi(client);
  }

  async list(labels: readonly string[], options: CallOptions = {}): Promise<SwarmFile[]> {
    const ofKind = async (kind: SwarmFile['kind']): Promise<SwarmFile[]> => {
      const found = await this.api.list<RawFile>(`${kind}s`, { label: labels }, options);
      return found.map(({ ID: id, Spec: { Name: name, Labels: all } }) => ({
        kind,
        id,
        name,
        labels: all ?? {},
      }));
    };
    return (await Promise.all([ofKind('config'), ofKind('secret')])).flat();
  }

  async create(
    { kind, name: Name, labels: Labels, content }: NewSwarmFile,
    options: CallOptions = {},
  ): Promise<string> {
    const body = { Name, Labels, Data: content.toString('base64') };
    const request = { method: 'POST', path: `/${kind}s/create`, body } as const;
    return ((await this.api.change(Name, request, options)) as { ID: string }).ID;
  }

  async remove({ kind, id, name }: SwarmFile, options: CallOptions = {}): Promise<void> {
    const request = { method: 'DELETE', path: `/${kind}s/${id}` } as const;
    await this.api.change(name, request, options).catch((error: unknown) => {
      if (!isEngineFailure(error, 'container-not-found')) throw error;
    });
  }
}

/** A single engine keeps no files. */
export const NO_SWARM_FILES: SwarmFiles = {
  list: () => Promise.resolve([]),
  create: () => Promise.reject(new Error('a single engine keeps no configs and secrets')),
  remove: () => Promise.resolve(),
};
