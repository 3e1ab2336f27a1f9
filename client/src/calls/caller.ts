import { ConnectionError, isBrokenConnection, NotSignedIn, TimeoutError } from '../errors.js';
import { OPERATIONS } from '../operations.js';
import { Session } from '../session/session.js';
import { memoryTokenStore, type Tokens, type TokenStore } from '../session/token-store.js';
import type { Answer, CallInput, CallOptions, DataOf, OperationId } from './call-types.js';
import { readData, readFailure } from './read-answer.js';
import { delay, isRepeatable, retryDelay } from './retry.js';

export interface ClientOptions {
  /** Where the server answers, e.g. `http://localhost:3000`, path prefix included. */
  readonly baseUrl: string;
  /** Language of messages; `zh` unless given. */
  readonly language?: 'zh' | 'en';
  /** Where tokens are kept; in memory unless given. */
  readonly tokens?: TokenStore;
  /** Further tries of calls that are safe to repeat; 2 unless given. */
  readonly retries?: number;
  /** Milliseconds until a call without an answer fails; 60,000 unless given, 0: never. */
  readonly timeoutMs?: number;
  /** Instead of the global `fetch`. */
  readonly fetch?: Transport;
}

/** What sends requests: the global `fetch`, or something that can stand in for it. */
export type Transport = (url: string, init: RequestInit) => Promise<Response>;

/** One HTTP request before the token is added. */
export interface Request {
  readonly method: string;
  /** Path and query below the base URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each try. */
  readonly body?: () => NonNullable<RequestInit['body']>;
  readonly signal?: AbortSignal | undefined;
  readonly transport?: Transport;
}

type AnyInput = CallOptions & {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
};

/** Sends calls: token, language, one refresh for all that wait, retries, time limit, envelope. */
export class Caller {
  readonly session: Session;
  private readonly baseUrl: string;

  constructor(readonly options: ClientOptions) {
    this.baseUrl = options.baseUrl.replace(/\/+$/, '');
    this.session = new Session(options.tokens ?? memoryTokenStore(), (token) =>
      this.refresh(token),
    );
  }

  /** Headers that every request carries. */
  headers(): Record<string, string> {
    return { 'accept-language': this.options.language ?? 'zh' };
  }

  url(path: string): string {
    return `${this.baseUrl}${path}`;
  }

  /** Path and query of a call. */
  pathOf<Id extends OperationId>(id: Id, input: CallInput<Id>): string {
    return pathOf(id, input);
  }

  /** The data of a call by its operation id. */
  async call<Id extends OperationId>(id: Id, input: CallInput<Id>): Promise<DataOf<Id>> {
    return (await this.answer(id, input)).data;
  }

  /** As `call`, with headers and request id. */
  async answer<Id extends OperationId>(id: Id, input: CallInput<Id>): Promise<Answer<DataOf<Id>>> {
    const [method] = OPERATIONS[id];
    const { body, signal, timeoutMs, idempotencyKey, setupToken } = input as AnyInput;
    const request = {
      method,
      path: pathOf(id, input),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        ...(setupToken === undefined ? {} : { 'setup-token': setupToken }),
      },
      ...(body === undefined ? {} : { body: () => JSON.stringify(body) }),
    };
    const once = async (): Promise<Answer<DataOf<Id>>> => {
      const limit = this.timeLimit(timeoutMs, signal);
      try {
        const response = await this.send({ ...request, signal: limit.signal });
        return {
          data: (await readData(response)) as DataOf<Id>,
          requestId: response.headers.get('x-request-id'),
          headers: response.headers,
        };
      } catch (error) {
        throw limit.explain(error);
      } finally {
        limit.clear();
      }
    };
    return isRepeatable(id, method, idempotencyKey) ? this.repeat(once, signal) : once();
  }

  /**
   * The answer to a request with a token, of whatever status but 401: a refused token is renewed
   * once, and the request sent again.
   *
   * @throws ConnectionError, NotSignedIn
   */
  async send(request: Request): Promise<Response> {
    const tokens = await this.session.tokens();
    const first = await this.fetch(request, tokens);
    if (first.status !== 401 || !tokens) return first;
    const refusal = await readFailure(first);
    if (!(refusal instanceof NotSignedIn)) throw refusal;
    const renewed = await orAborted(this.session.renew(tokens.access_token), request.signal);
    if (!renewed) throw refusal;
    return this.fetch(request, renewed);
  }

  /** A success that is no envelope, for reading its body. */
  async download(path: string, signal?: AbortSignal): Promise<Response> {
    const response = await this.send({ method: 'GET', path, signal });
    if (!response.ok) throw await readFailure(response);
    return response;
  }

  /** For a body that cannot be sent twice: renews a token that ends within a minute. */
  async renewSoonEnding(signal?: AbortSignal): Promise<void> {
    const tokens = await this.session.tokens();
    if (tokens && tokens.expired - Date.now() < 60_000)
      await orAborted(this.session.renew(tokens.access_token), signal);
  }

  private async fetch(request: Request, tokens: Tokens | null): Promise<Response> {
    const { method, path, headers, signal } = request;
    const body = request.body?.();
    const transport = request.transport ?? this.options.fetch ?? fetch;
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      headers: {
        ...this.headers(),
        ...headers,
        ...(tokens ? { token: tokens.access_token } : {}),
      },
      ...(body === undefined ? {} : { body }),
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
      ...(signal ? { signal } : {}),
      credentials: 'omit',
    };
    try {
      return await transport(this.url(path), init);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw new ConnectionError(`No answer from ${this.baseUrl}${reasonOf(error)}`, {
        cause: error,
      });
    }
  }

  /** Tries again while that may help. */
  private async repeat<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        const wait = attempt < (this.options.retries ?? 2) ? retryDelay(error, attempt) : null;
        if (wait === null) throw error;
        await delay(wait, signal);
      }
    }
  }

  /** The server accepts a refresh token again for some seconds, so that a lost answer does no harm. */
  private refresh(refreshToken: string): Promise<Tokens> {
    return this.repeat(async () => {
      const limit = this.timeLimit(undefined, undefined);
      try {
        const response = await this.fetch(
          {
            method: 'POST',
            path: OPERATIONS.refresh[1],
            headers: { 'content-type': 'application/json' },
            body: () => JSON.stringify({ refresh_token: refreshToken }),
            signal: limit.signal,
          },
          null,
        );
        return (await readData(response)) as Tokens;
      } catch (error) {
        throw limit.explain(error);
      } finally {
        limit.clear();
      }
    });
  }

  private timeLimit(
    timeoutMs: number | undefined,
    signal: AbortSignal | undefined,
  ): { signal: AbortSignal | undefined; explain(error: unknown): unknown; clear(): void } {
    const ms = timeoutMs ?? this.options.timeoutMs ?? 60_000;
    if (ms === 0) return { signal, explain: (error) => error, clear: () => undefined };
    const limit = new AbortController();
    const timer = setTimeout(
      () => limit.abort(new TimeoutError(`No answer from ${this.baseUrl} within ${ms} ms`)),
      ms,
    );
    return {
      signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
      // A body that breaks off reports the abort, or the reason of it, or a broken connection.
      explain: (error) => {
        if (signal?.aborted) return signal.reason as unknown;
        if (limit.signal.aborted) return limit.signal.reason as unknown;
        return isBrokenConnection(error)
          ? new ConnectionError(`The answer of ${this.baseUrl} broke off`, { cause: error })
          : error;
      },
      clear: () => clearTimeout(timer),
    };
  }
}

function pathOf<Id extends OperationId>(id: Id, input: CallInput<Id>): string {
  const { path = {}, query = {} } = input as AnyInput;
  const filled = OPERATIONS[id][1].replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(path[name])),
  );
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]): [string, string] => [name, String(value)]);
  if (pairs.length === 0) return filled;
  return `${filled}?${new URLSearchParams(pairs).toString()}`;
}

/** Whoever gives up waiting does not stop the others' work. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function reasonOf(error: unknown): string {
  const cause = (error as { cause?: { code?: unknown; message?: unknown } } | null)?.cause;
  const reason = cause?.code ?? cause?.message;
  return typeof reason === 'string' ? `: ${reason}` : '';
}
