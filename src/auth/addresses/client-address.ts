import { IpNetwork, normaliseAddress } from '../../platform/addresses/ip-network';

/**
 * Whose request it is. The peer of the connection, unless that is a trusted proxy: then the entries
 * of `X-Forwarded-For` count, read from the right, as far as each was written by a trusted proxy.
 * What stands further left is the client's own claim and is never believed.
 *
 * An entry that is no address ends the walk: the proxy that sent it is then the best that is known.
 */
export function resolveClientAddress(
  peer: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
  trustedProxies: readonly IpNetwork[],
): string {
  let address = normaliseAddress(peer ?? '') ?? 'unknown';
  const header = typeof forwardedFor === 'string' ? forwardedFor : (forwardedFor ?? []).join(',');
  const entries = header === '' ? [] : header.split(',').reverse();
  for (const entry of entries) {
    if (!isWithin(address, trustedProxies)) break;
    const claimed = normaliseAddress(withoutPort(entry.trim()));
    if (claimed === null) break;
    address = claimed;
  }
  return address;
}

function isWithin(address: string, networks: readonly IpNetwork[]): boolean {
  const single = IpNetwork.parse(address);
  return single !== null && networks.some((network) => network.contains(single));
}

/** Some proxies append the port: `1.2.3.4:567`, `[2001:db8::1]:567`. */
function withoutPort(entry: string): string {
  const match = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/.exec(entry);
  return match?.[1] ?? match?.[2] ?? entry;
}
