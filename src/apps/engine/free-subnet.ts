import { IpNetwork } from '../../platform/addresses/ip-network';

const BLOCK_BITS = 24;

function ipv4Networks(blocks: readonly string[]): IpNetwork[] {
  return blocks.flatMap((cidr) => IpNetwork.parse(cidr) ?? []).filter((n) => n.family === 'ipv4');
}

/** Whether a block shares an address with one of those in use. */
export function isTaken(block: string, used: readonly string[]): boolean {
  const own = IpNetwork.parse(block);
  return own !== null && used.some((cidr) => IpNetwork.parse(cidr)?.overlaps(own));
}

/** The first /24 of the pools that overlaps nothing in use; null where there is none. IPv4 only. */
export function freeSubnet(pools: readonly string[], used: readonly string[]): string | null {
  const taken = ipv4Networks(used);
  for (const { address, prefix } of ipv4Networks(pools)) {
    const [a = 0, b = 0, c = 0] = address.split('.').map(Number);
    const blocks = prefix > BLOCK_BITS ? 0 : 2 ** (BLOCK_BITS - prefix);
    for (let block = (a * 256 + b) * 256 + c, end = block + blocks; block < end; block += 1) {
      const cidr = `${block >> 16}.${(block >> 8) & 255}.${block & 255}.0/${BLOCK_BITS}`;
      if (!ipv4Networks([cidr]).some((own) => taken.some((other) => other.overlaps(own))))
        return cidr;
    }
  }
  return null;
}
