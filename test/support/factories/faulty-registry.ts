import { once } from 'node:events';
import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { registryPort } from '../places';
import { testRegistry } from '../stand-in-image';

/** Manifests are answered with this instead. */
const REFUSALS = {
  limits: {
    status: 429,
    code: 'TOOMANYREQUESTS',
    message: 'You have reached your pull rate limit.',
  },
  fails: { status: 500, code: 'UNKNOWN', message: 'internal error' },
  denies: { status: 403, code: 'DENIED', message: 'requested access to the resource is denied' },
  locks: { status: 401, code: 'UNAUTHORIZED', message: 'authentication required' },
} as const;

/** A page of something else that stands between us and the registry. */
const WRONG_CONTENT = '<!doctype html><title>Log in to this network</title>';

/**
 * `limits`, `fails`, `denies`, `locks`: 429, 500, 403 and 401 for manifests; `lies`: a page of HTML for manifests;
 * `corrupts`: blobs of the right size with other bytes; `cuts`: breaks each blob off after the same few
 * bytes and supports no ranges; `stalls`: stops there and keeps the connection open.
 */
export const REGISTRY_FAULTS = [
  'limits',
  'fails',
  'denies',
  'locks',
  'lies',
  'corrupts',
  'cuts',
  'stalls',
] as const;
/** `hangs`: never answers a question for a manifest. */
export type RegistryFault = (typeof REGISTRY_FAULTS)[number] | 'hangs';

const KEPT_BYTES = 50_000;

/** A loopback proxy before the real registry that fails in one way, or in none. */
export class FaultyRegistry {
  /** Answers that were spoilt. */
  spoilt = 0;

  private constructor(
    private readonly server: Server,
    public fault: RegistryFault | null,
  ) {}

  static async start(fault: RegistryFault | null): Promise<FaultyRegistry> {
    const server = createServer();
    server.listen(registryPort, '127.0.0.1').unref();
    await once(server, 'listening');
    const registry = new FaultyRegistry(server, fault);
    server.on('request', (incoming, outgoing) => registry.pass(incoming, outgoing));
    return registry;
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

  private pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { fault } = this;
    const path = incoming.url ?? '/';
    if (path.includes('/manifests/') && refuse(fault, outgoing)) {
      this.spoilt += 1;
      return;
    }
    const [host, port] = testRegistry().split(':');
    const headers = { ...incoming.headers };
    delete headers.range;
    const onward = request({ host, port, path, method: incoming.method, headers }, (answer) => {
      delete answer.headers['accept-ranges'];
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      const isLayer =
        path.includes('/blobs/') && Number(answer.headers['content-length']) > KEPT_BYTES;
      if (!fault || !isLayer || incoming.method !== 'GET') {
        answer.pipe(outgoing);
        return;
      }
      this.spoilt += 1;
      spoil(fault, answer, outgoing).catch(() => outgoing.destroy());
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }
}

/** False: this fault lets manifests pass. */
function refuse(fault: RegistryFault | null, outgoing: ServerResponse): boolean {
  if (fault === 'lies') {
    outgoing.writeHead(200, { 'content-type': 'text/html' }).end(WRONG_CONTENT);
    return true;
  }
  if (fault === 'hangs') return true; // no answer, and the connection stays open
  if (fault === null || !(fault in REFUSALS)) return false;
  const { status, ...error } = REFUSALS[fault as keyof typeof REFUSALS];
  if (status === 401) outgoing.setHeader('www-authenticate', 'Basic realm="registry"');
  outgoing.writeHead(status, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify({ errors: [error] }));
  return true;
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
    const isEnd = (fault === 'cuts' || fault === 'stalls') && sent + bytes.length > KEPT_BYTES;
    if (isEnd) {
      outgoing.write(bytes.subarray(0, KEPT_BYTES - sent), () => {
        if (fault === 'cuts') outgoing.destroy();
      });
      return;
    }
    outgoing.write(bytes);
    sent += bytes.length;
  }
  outgoing.end();
}
