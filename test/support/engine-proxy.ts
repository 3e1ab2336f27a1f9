import { once } from 'node:events';
import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { json } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { socketOfRun } from './places';

/** A request that the proxy answers itself instead of passing it on. */
export interface Refusal {
  readonly method: string;
  readonly path: RegExp;
  readonly status: number;
  readonly message: string;
}

/**
 * Stands before the real engine and lets chosen calls fail the way a broken engine fails them, or
 * gives the engine another version than it has.
 */
export class EngineProxy {
  refuse: Refusal | null = null;
  /** Requests that wait until `resume`; null: none. */
  hold: Pick<Refusal, 'method' | 'path'> | null = null;
  private readonly held: (() => void)[] = [];
  /** What `docker info` says of the version; null: the truth. */
  version: string | null = null;

  private constructor(
    private readonly server: Server,
    readonly host: string,
  ) {}

  static async start(socketPath = socketOfRun): Promise<EngineProxy> {
    const path = join(tmpdir(), `engine-proxy-${randomBytes(5).toString('hex')}.sock`);
    let proxy: EngineProxy | null = null;
    const server = createServer((incoming, outgoing) => {
      const { method = 'GET', url = '/' } = incoming;
      const refuse = proxy?.refuse;
      if (refuse && refuse.method === method && refuse.path.test(url)) {
        incoming.resume();
        outgoing.writeHead(refuse.status, { 'content-type': 'application/json' });
        outgoing.end(JSON.stringify({ message: refuse.message }));
        return;
      }
      const pass = () => forward(incoming, outgoing);
      const hold = proxy?.hold;
      if (proxy && hold?.method === method && hold.path.test(url)) proxy.held.push(pass);
      else pass();
    });
    const forward = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
      const { method = 'GET', url = '/', headers } = incoming;
      const onward = request({ socketPath, path: url, method, headers }, (answer) => {
        if (proxy?.version && /\/info$/.test(url)) {
          void json(answer).then((info) => {
            outgoing.writeHead(200, { 'content-type': 'application/json' });
            outgoing.end(JSON.stringify({ ...(info as object), ServerVersion: proxy?.version }));
          });
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      outgoing.on('close', () => onward.destroy());
      incoming.pipe(onward);
    };
    server.listen(path).unref();
    await once(server, 'listening');
    proxy = new EngineProxy(server, `unix://${path}`);
    return proxy;
  }

  /** Whether a request waits. */
  get isHolding(): boolean {
    return this.held.length > 0;
  }

  resume(): void {
    this.hold = null;
    for (const pass of this.held.splice(0)) pass();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
