import type Dockerode from 'dockerode';
import type { EngineCall } from '../classify-engine-error';
import { engineCall, READ_TIMEOUT_MS, WRITE_TIMEOUT_MS, type CallOptions } from '../engine-call';

import type { RegistryLogin } from '../registry/registry-logins';

type Query = Readonly<Record<string, unknown>>;

interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  readonly body?: object;
  /** Sent along for the nodes that pull the image. */
  readonly login?: RegistryLogin | null;
  readonly isStream?: boolean;
}

interface Modem {
  dial(options: object, answer: (error: unknown, data: unknown) => void): void;
}

const ANSWERS = { 200: true, 201: true, 204: true };

/**
 * The calls of the API that only a Swarm has. The client library's own would send the whole specification of a
 * service, passwords included, in the URL of an update and in the header of a create.
 */
export class SwarmApi {
  constructor(private readonly client: Dockerode) {}

  async list<T>(
    path: 'services' | 'tasks' | 'nodes' | 'configs' | 'secrets',
    filters: Query = {},
    options: CallOptions = {},
  ): Promise<T[]> {
    return (await this.call(
      { about: 'service', subject: path },
      { method: 'GET', path: `/${path}`, query: { filters: JSON.stringify(filters) } },
      { timeoutMs: READ_TIMEOUT_MS, ...options },
    )) as T[];
  }

  change(subject: string, request: Request, options: CallOptions = {}): Promise<unknown> {
    const call: EngineCall = { about: 'service', subject, changes: true };
    return this.call(call, request, { timeoutMs: WRITE_TIMEOUT_MS, ...options });
  }

  stream(
    subject: string,
    path: string,
    query: Query,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Buffer>> {
    return this.call(
      { about: 'service', subject },
      { method: 'GET', path, query, isStream: true },
      { timeoutMs: 2 ** 31 - 1, signal },
    ) as Promise<AsyncIterable<Buffer>>;
  }

  private call(
    call: EngineCall,
    { method, path, query = {}, body, login = null, isStream = false }: Request,
    options: CallOptions & { readonly timeoutMs: number },
  ): Promise<unknown> {
    const modem = this.client.modem as Modem;
    return engineCall(
      call,
      options,
      (abortSignal) =>
        new Promise((resolve, reject) => {
          const request = {
            path: `${path}?`,
            method,
            options: { _query: query, ...(body ? { _body: body } : {}) },
            ...(login ? { authconfig: login } : {}),
            isStream,
            // A stream lasts longer than the call that opens it.
            abortSignal: isStream ? options.signal : abortSignal,
            statusCodes: ANSWERS,
          };
          modem.dial(request, (error, data) =>
            error instanceof Error ? reject(error) : resolve(data),
          );
        }),
    );
  }
}
