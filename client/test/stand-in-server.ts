import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Tokens } from '../src/index';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Handler = (request: SeenRequest, response: ServerResponse) => unknown;

/** An HTTP server for faults that the real one cannot be brought to on demand. */
export class StandInServer {
  readonly seen: SeenRequest[] = [];
  handler: Handler = (_, response) =>
    answer(response, 404, { code: 30000, msg: 'none', data: null });

  private constructor(private readonly server: Server) {}

  static async start(): Promise<StandInServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sut = new StandInServer(server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void (async () => {
        let body = '';
        for await (const chunk of request) body += String(chunk);
        const { method = '', url = '', headers } = request;
        const seen = { method, url, headers, body };
        sut.seen.push(seen);
        await sut.handler(seen, response);
      })().catch(() => response.destroy());
    });
    return sut;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** How often a path was asked for. */
  count(path: string): number {
    return this.seen.filter(({ url }) => url.startsWith(path)).length;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export function success(response: ServerResponse, data: unknown): void {
  answer(response, 200, { code: 20000, msg: 'success', data });
}

/** Tokens of a sign-in, named by the access token. */
export const tokensOf = (access: string): Tokens => ({
  uid: '00000000-0000-0000-0000-000000000001',
  role: 1,
  access_token: access,
  refresh_token: `refresh of ${access}`,
  expired: Date.now() + 900_000,
});
