import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { TransportProtocol } from '../../platform/docker/engine-types';

/** A connection in this state accepts others; only listeners hold a TCP port. */
const TCP_LISTEN = '0A';

/** Ports in the kernel's socket tables (`/proc/net/tcp` and its like): local address, state. */
export function portsInSocketTable(table: string, protocol: TransportProtocol): number[] {
  const ports: number[] = [];
  for (const line of table.split('\n').slice(1)) {
    const [, local, , state] = line.trim().split(/\s+/);
    const hex = local?.split(':').at(-1);
    if (!hex) continue;
    if (protocol === 'tcp' && state !== TCP_LISTEN) continue;
    ports.push(parseInt(hex, 16));
  }
  return ports;
}

/**
 * Every port that the host has bound, on whatever address. Empty where there is no `/proc`; the
 * probe of the chosen port still decides.
 */
export async function hostBoundPorts(protocol: TransportProtocol): Promise<Set<number>> {
  const tables = await Promise.all(
    [`/proc/net/${protocol}`, `/proc/net/${protocol}6`].map((file) =>
      readFile(file, 'utf8').catch(() => ''),
    ),
  );
  return new Set(tables.flatMap((table) => portsInSocketTable(table, protocol)));
}

const V4_ANY = '0.0.0.0';
const V6_ANY = '::';

/**
 * Whether the port can be bound on every address, the old and the new family apart. Binding the
 * wildcard also finds a process that holds the port on 127.0.0.1 alone, which is where the engine
 * fails with `address already in use`. A family that the machine does not have does not count.
 */
export async function isPortFree(port: number, protocol: TransportProtocol): Promise<boolean> {
  const bind = protocol === 'tcp' ? bindTcp : bindUdp;
  return (await bind(port, V4_ANY)) && (await bind(port, V6_ANY));
}

const NO_SUCH_FAMILY: readonly string[] = ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'];

function outcome(error: NodeJS.ErrnoException): boolean {
  return NO_SUCH_FAMILY.includes(error.code ?? '');
}

function bindTcp(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(outcome(error)));
    server.listen({ port, host, ipv6Only: host === V6_ANY, exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}

function bindUdp(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const v6 = host === V6_ANY;
    const socket = createSocket({ type: v6 ? 'udp6' : 'udp4', ipv6Only: v6 });
    socket.once('error', (error) => {
      socket.close();
      resolve(outcome(error));
    });
    socket.bind({ port, address: host, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
