import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A reverse proxy that serves a server below a path, e.g. `/stack`, and nothing else. */
export class PrefixProxy {
  private constructor(
    private readonly server: Server,
    /** With the path, without a slash at the end. */
    readonly url: string,
    /** Paths that were asked for outside of the prefix, which a page must not do. */
    readonly strays: readonly string[],
  ) {}

  static async start(target: string, prefix: string): Promise<PrefixProxy> {
    const strays: string[] = [];
    const server = createServer((incoming, outgoing) => {
      if (!incoming.url?.startsWith(`${prefix}/`)) {
        strays.push(incoming.url ?? '');
        outgoing.writeHead(404).end();
        return;
      }
      const url = target + incoming.url.slice(prefix.length);
      const { method, headers } = incoming;
      const onward = request(url, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      outgoing.on('close', () => onward.destroy());
      incoming.pipe(onward);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return new PrefixProxy(server, `http://127.0.0.1:${port}${prefix}`, strays);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
