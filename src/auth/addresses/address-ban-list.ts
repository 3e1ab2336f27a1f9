import { BlockList } from 'node:net';
import { IpNetwork } from '../../platform/addresses/ip-network';

export interface AddressBanEntry {
  readonly network: IpNetwork;
  /** Milliseconds since the epoch, or null for a ban without an end. */
  readonly endsAt: number | null;
}

/** Address bans, compiled for a check on every compute request. Immutable; expired bans drop out. */
export class AddressBanList {
  // One list per family: an IPv6 block as wide as ::/0 would match IPv4 as well.
  private blocked = { ipv4: new BlockList(), ipv6: new BlockList() };
  /** When the first ban still in `blocked` ends. */
  private nextEnd = Number.POSITIVE_INFINITY;

  constructor(
    private readonly entries: readonly AddressBanEntry[],
    now: number = Date.now(),
  ) {
    this.build(now);
  }

  /** Whether a ban covers the address now; `unknown` (a connection without an address) is never banned. */
  covers(address: string, now: number = Date.now()): boolean {
    if (now >= this.nextEnd) this.build(now);
    const single = IpNetwork.parse(address);
    return single !== null && this.blocked[single.family].check(single.address, single.family);
  }

  private build(now: number): void {
    this.blocked = { ipv4: new BlockList(), ipv6: new BlockList() };
    this.nextEnd = Number.POSITIVE_INFINITY;
    for (const { network, endsAt } of this.entries) {
      if (endsAt !== null && endsAt <= now) continue;
      if (endsAt !== null) this.nextEnd = Math.min(this.nextEnd, endsAt);
      this.blocked[network.family].addSubnet(network.address, network.prefix, network.family);
    }
  }
}
