import { once } from 'node:events';
import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { testRegistry } from '../stand-in-image';

/**
 * `limits`: 429 for manifests; `fails`: 500 for manifests; `corrupts`: blobs of the right size with
 * other bytes; `cuts`: breaks each blob off after the same few bytes and supports no ranges.
 */
export type RegistryFault = 'limits' | 'fails' | 'corrupts' | 'cuts';

const KEPT_BYTES = 50_000;

/** A loopback proxy before the real registry that fails in one way. */
export class FaultyRegistry {
  private constructor(private readonly server: Server) {}

  static async start(fault: RegistryFault): Promise<FaultyRegistry> {
    const [host, port] = testRegistry().split(':');
    const server = createServer((incoming, outgoing) => {
      const path = incoming.url ?? '/';
      if (path.includes('/manifests/') && (fault === 'limits' || fault === 'fails')) {
        refuse(outgoing, fault);
        return;
      }
      const headers = { ...incoming.headers };
      delete headers.range;
      const onward = request({ host, port, path, method: incoming.method, headers }, (answer) => {
        delete answer.headers['accept-ranges'];
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        const isLayer =
          path.includes('/blobs/') && Number(answer.headers['content-length']) > KEPT_BYTES;
        if (!isLayer || incoming.method !== 'GET') answer.pipe(outgoing);
        else void spoil(fault, answer, outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      incoming.pipe(onward);
    });
    server.listen(0, '127.0.0.1').unref();
    await once(server, 'listening');
    return new FaultyRegistry(server);
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

function refuse(outgoing: ServerResponse, fault: 'limits' | 'fails'): void {
  const isLimit = fault === 'limits';
  outgoing.writeHead(isLimit ? 429 : 500, { 'content-type': 'application/json' });
  const error = isLimit
    ? { code: 'TOOMANYREQUESTS', message: 'You have reached your pull rate limit.' }
    : { code: 'UNKNOWN', message: 'internal error' };
  outgoing.end(JSON.stringify({ errors: [error] }));
}

async function spoil(
  fault: RegistryFault,
  answer: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  let sent = 0;
  for await (const chunk of answer) {
    const bytes = Buffer.from(chunk as Buffer);
    if (fault === 'corrupts' && sent === 0) bytes.fill(0, Math.min(bytes.length, 1_000));
    if (fault === 'cuts' && sent + bytes.length > KEPT_BYTES) {
      outgoing.write(bytes.subarray(0, KEPT_BYTES - sent), () => outgoing.destroy());
      return;
    }
    outgoing.write(bytes);
    sent += bytes.length;
  }
  outgoing.end();
}
