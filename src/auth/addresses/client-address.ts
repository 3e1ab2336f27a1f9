import { IpNetwork, normaliseAddress } from '../../platform/addresses/ip-network';

/**
 * The address of a client: the peer of the connection or, behind trusted proxies, the entry of
 * `X-Forwarded-For` that the outermost trusted proxy wrote. Entries are read from the right; what is
 * further left is the client's own claim and never believed.
 *
 * An entry that is not an address ends the walk at the proxy that sent it.
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
