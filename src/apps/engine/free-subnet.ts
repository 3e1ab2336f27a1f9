const BLOCK_BITS = 24;
const BLOCK_SIZE = 2 ** (32 - BLOCK_BITS);

interface Range {
  readonly from: number;
  readonly to: number;
}

function rangeOf(cidr: string): Range | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(cidr);
  if (!match) return null;
  const [a, b, c, d] = match.slice(1, 5).map(Number) as [number, number, number, number];
  const size = 2 ** (32 - Number(match[5] ?? 32));
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const from = Math.floor(address / size) * size;
  return { from, to: from + size - 1 };
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** The first /24 of the pools that overlaps nothing in use; null where there is none. IPv4 only. */
export function freeSubnet(pools: readonly string[], used: readonly string[]): string | null {
  const taken = used.flatMap((cidr) => rangeOf(cidr) ?? []);
  for (const pool of pools.flatMap((cidr) => rangeOf(cidr) ?? [])) {
    for (let from = pool.from; from + BLOCK_SIZE - 1 <= pool.to; from += BLOCK_SIZE) {
      const to = from + BLOCK_SIZE - 1;
      if (!taken.some((range) => range.from <= to && from <= range.to)) {
        return `${dotted(from)}/${BLOCK_BITS}`;
      }
    }
  }
  return null;
}
