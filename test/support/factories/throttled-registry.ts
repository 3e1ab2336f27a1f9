import { createServer, request, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { registryPort } from '../places';
import { testRegistry } from '../stand-in-image';

/**
 * A loopback proxy before the real registry that hands blobs over slowly, or stops in the middle of
 * one. The engine takes loopback registries without TLS.
 */
export class ThrottledRegistry {
  private constructor(private readonly server: Server) {}

  /** @param bytesPerSecond of each blob; 0 stalls after the first bytes for ever */
  static async start(bytesPerSecond: number): Promise<ThrottledRegistry> {
    const [host, port] = testRegistry().split(':');
    const server = createServer((incoming, outgoing) => {
      const isBlob = incoming.url?.includes('/blobs/') && incoming.method === 'GET';
      const onward = request(
        { host, port, path: incoming.url, method: incoming.method, headers: incoming.headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          if (!isBlob || Number(answer.headers['content-length']) < 100_000) {
            answer.pipe(outgoing);
            return;
          }
          void (async () => {
            for await (const chunk of answer) {
              if (outgoing.destroyed) return;
              const bytes = chunk as Buffer;
              outgoing.write(bytes);
              if (bytesPerSecond === 0) return; // the rest never comes, and the connection stays open
              await delay((1000 * bytes.length) / bytesPerSecond);
            }
            outgoing.end();
          })().catch(() => outgoing.destroy());
        },
      );
      onward.on('error', () => outgoing.destroy());
      incoming.pipe(onward);
    });
    server.listen(registryPort, '127.0.0.1').unref();
    await once(server, 'listening');
    return new ThrottledRegistry(server);
  }

  /** The reference of an image of the real registry, through this one. */
  through(reference: string): string {
    const { port } = this.server.address() as AddressInfo;
    return reference.replace(testRegistry(), `127.0.0.1:${port}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
