import { randomBytes, timingSafeEqual } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, isIP, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { IpNetwork } from '../addresses/ip-network';

/** Why the gate closed. */
export type GateRefusal = 'address' | 'size' | 'name';

export interface GateLimits {
  /** Blocks that may be reached although they are not public. */
  readonly networks: readonly string[];
  /** Of all that comes in, over all connections. */
  readonly maxBytes: number;
}

/**
 * What is not the public internet (RFC 6890 and what followed it): this machine, its neighbours, and the
 * metadata services of clouds.
 */
const NOT_PUBLIC = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...[
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/3',
    '::/96',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
  ],
  ...['100::/64', '2001::/23', '2001:db8::/32', '2002::/16', 'fc00::/7', 'fe80::/9', 'ff00::/8'],
].map(parsed);

const CONNECT_MS = 20_000;
const USER = 'stackscape';

/** True for a public address, and for one in `networks`. */
export function mayBeReached(address: string, networks: readonly string[]): boolean {
  const one = IpNetwork.parse(address.replace(/%.*$/, ''));
  if (!one) return false;
  if (networks.some((network) => IpNetwork.parse(network)?.contains(one))) return true;
  return !NOT_PUBLIC.some((network) => network.contains(one));
}

/**
 * The only way out of a program that fetches: a proxy (CONNECT) on the loopback address, for the holder of its
 * password. It looks names up itself and connects to the address that it has checked, so that neither a
 * redirect nor a name that changes its address leads anywhere else, and it counts what comes in.
 */
export class FetchGate {
  private readonly password = randomBytes(24).toString('hex');
  private readonly sockets = new Set<Duplex>();
  private received = 0;
  private refused: GateRefusal | null = null;

  private constructor(
    private readonly server: Server,
    private readonly limits: GateLimits,
  ) {}

  static async open(limits: GateLimits): Promise<FetchGate> {
    const server = createServer((_request, response) => response.writeHead(405).end());
    const gate = new FetchGate(server, limits);
    server.on('connect', (request, client) => void gate.pass(request, client));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return gate;
  }

  /** With the password. */
  get url(): string {
    return `http://${USER}:${this.password}@127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Why something was not let through; null as long as everything was. */
  get refusal(): GateRefusal | null {
    return this.refused;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async pass(request: IncomingMessage, client: Duplex): Promise<void> {
    this.hold(client);
    if (!this.knows(request.headers['proxy-authorization'])) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
      return;
    }
    const target = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(request.url ?? '');
    const address = await this.addressOf(target?.[1] ?? '');
    if (address === null || client.destroyed) {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const server = connect({ host: address, port: Number(target?.[2]) });
    this.hold(server);
    server.setTimeout(CONNECT_MS, () => server.destroy());
    server.once('connect', () => {
      server.setTimeout(0);
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      server.pipe(client);
      client.pipe(server);
    });
    server.on('data', (chunk: Buffer) => this.count(chunk.length));
    server.once('close', () => client.destroy());
    client.once('close', () => server.destroy());
  }

  private hold(socket: Duplex | Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.sockets.delete(socket));
  }

  private count(bytes: number): void {
    this.received += bytes;
    if (this.received <= this.limits.maxBytes) return;
    this.refused = 'size';
    for (const socket of this.sockets) socket.destroy();
  }

  /** An address of the host that may be reached; null where it has none. */
  private async addressOf(host: string): Promise<string | null> {
    const found = isIP(host)
      ? [{ address: host }]
      : await lookup(host, { all: true }).catch(() => []);
    const allowed = found.find(({ address }) => mayBeReached(address, this.limits.networks));
    if (allowed) return allowed.address;
    this.refused = found.length > 0 ? 'address' : 'name';
    return null;
  }

  private knows(header: string | undefined): boolean {
    const given = Buffer.from(header ?? '');
    const right = Buffer.from(
      `Basic ${Buffer.from(`${USER}:${this.password}`).toString('base64')}`,
    );
    return given.length === right.length && timingSafeEqual(given, right);
  }
}

function parsed(block: string): IpNetwork {
  const network = IpNetwork.parse(block);
  if (!network) throw new Error(`no network: ${block}`);
  return network;
}
