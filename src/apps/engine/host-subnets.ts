import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';

/**
 * IPv4 blocks that this machine uses or routes: a container network over one of them would cut it
 * off. The route table also has what belongs to interfaces without a carrier, such as the bridge of
 * another engine whose containers do not run. Where there is no `/proc`, interfaces only.
 */
export async function hostSubnets(): Promise<string[]> {
  const routes = await readFile('/proc/net/route', 'utf8').catch(() => '');
  const own = Object.values(networkInterfaces())
    .flat()
    .flatMap((face) => (face?.family === 'IPv4' && face.cidr ? [face.cidr] : []));
  return [...own, ...routedSubnets(routes)];
}

/** Destinations of `/proc/net/route` (addresses in hex, lowest byte first) but for the default route. */
export function routedSubnets(table: string): string[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const columns = line.split(/\s+/);
      const [destination, mask] = [bytesOf(columns[1]), bytesOf(columns[7])];
      if (!destination || !mask) return [];
      const bits = mask.map((byte) => byte.toString(2).replaceAll('0', '').length);
      const prefix = bits.reduce((sum, count) => sum + count, 0);
      return prefix === 0 ? [] : [`${destination.join('.')}/${prefix}`];
    });
}

function bytesOf(hex: string | undefined): number[] | null {
  if (!hex || !/^[\da-f]{8}$/i.test(hex)) return null;
  return [...Buffer.from(hex, 'hex')].reverse();
}
