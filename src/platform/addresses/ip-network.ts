import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type IpFamily = 'ipv4' | 'ipv6';

/**
 * An address or a CIDR block. IPv4 mapped into IPv6 (`::ffff:a.b.c.d`, in whatever spelling) is
 * IPv4 here, so that one address has one form.
 */
export class IpNetwork {
  private constructor(
    /** Lowest address of the block. */
    private readonly base: ipaddr.IPv4 | ipaddr.IPv6,
    /** 0 to 32 or 0 to 128. */
    readonly prefix: number,
  ) {}

  /** Reads `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`, `::ffff:10.0.0.0/104`; null for anything else. */
  static parse(text: string): IpNetwork | null {
    const [address = '', length, ...rest] = text.split('/');
    // The library also reads octal, hexadecimal and short forms (`127.1`).
    if (rest.length > 0 || address.includes('%') || isIP(address) === 0) return null;
    let base = ipaddr.parse(withHexTail(address));
    const bits = base.toByteArray().length * 8;
    if (length !== undefined && (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bits))
      return null;
    let prefix = Number(length ?? bits);
    if (prefix >= 96 && base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress()) {
      base = base.toIPv4Address();
      prefix -= 96;
    }
    const single = prefix === base.toByteArray().length * 8;
    return new IpNetwork(single ? base : lowest(base, prefix), prefix);
  }

  get family(): IpFamily {
    return this.base.kind();
  }

  contains(other: IpNetwork): boolean {
    return (
      other.family === this.family &&
      other.prefix >= this.prefix &&
      other.base.match(this.base, this.prefix)
    );
  }

  overlaps(other: IpNetwork): boolean {
    return this.contains(other) || other.contains(this);
  }

  /** The lowest address in its shortest spelling (RFC 5952). */
  get address(): string {
    return this.base.toString();
  }

  /** Canonical text: the address alone, or `address/prefix` for a block. */
  toString(): string {
    const single = this.prefix === this.base.toByteArray().length * 8;
    return single ? this.address : `${this.address}/${this.prefix}`;
  }
}

/** One address in canonical form, IPv4 where it is mapped IPv4; null when it is none. */
export function normaliseAddress(text: string): string | null {
  // A link-local peer carries its zone (`fe80::1%eth0`), which does not identify the client.
  const network = text.includes('/') ? null : IpNetwork.parse(text.replace(/%.*$/, ''));
  return network?.address ?? null;
}

/** `::1.2.3.4` as `::102:304`: the library takes the first for the mapped address of 1.2.3.4. */
function withHexTail(address: string): string {
  return address.replace(
    /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_, head: string, ...bytes: string[]) => {
      const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
      return `${head}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
    },
  );
}

function lowest(address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number): ipaddr.IPv4 | ipaddr.IPv6 {
  const family = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return family.networkAddressFromCIDR(`${address.toString()}/${prefix}`);
}
