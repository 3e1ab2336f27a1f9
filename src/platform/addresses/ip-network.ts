import { isIP, isIPv4 } from 'node:net';

export type IpFamily = 'ipv4' | 'ipv6';

const BITS: Readonly<Record<IpFamily, number>> = { ipv4: 32, ipv6: 128 };
const MAPPED_PREFIX = 0xffffn;

/**
 * An address or a CIDR block. IPv4 mapped into IPv6 (`::ffff:a.b.c.d`, in whatever spelling) is
 * IPv4 here, so that one address has one form.
 */
export class IpNetwork {
  private constructor(
    readonly family: IpFamily,
    /** Lowest address of the block. */
    readonly base: bigint,
    /** 0 to 32 or 0 to 128. */
    readonly prefix: number,
  ) {}

  /** Reads `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`, `::ffff:10.0.0.0/104`; null for anything else. */
  static parse(text: string): IpNetwork | null {
    const [address = '', length, ...rest] = text.split('/');
    if (rest.length > 0 || address.includes('%') || isIP(address) === 0) return null;
    let family: IpFamily = isIPv4(address) ? 'ipv4' : 'ipv6';
    let value = family === 'ipv4' ? ipv4Value(address) : ipv6Value(address);
    let prefix: number = BITS[family];
    if (length !== undefined) {
      if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > BITS[family]) return null;
      prefix = Number(length);
    }
    if (family === 'ipv6' && prefix >= 96 && value >> 32n === MAPPED_PREFIX) {
      family = 'ipv4';
      value &= 0xffff_ffffn;
      prefix -= 96;
    }
    const host = BigInt(BITS[family] - prefix);
    return new IpNetwork(family, (value >> host) << host, prefix);
  }

  contains(other: IpNetwork): boolean {
    if (other.family !== this.family || other.prefix < this.prefix) return false;
    const host = BigInt(BITS[this.family] - this.prefix);
    return other.base >> host === this.base >> host;
  }

  overlaps(other: IpNetwork): boolean {
    return this.contains(other) || other.contains(this);
  }

  get isSingleAddress(): boolean {
    return this.prefix === BITS[this.family];
  }

  /** The lowest address in its shortest spelling. */
  get address(): string {
    return this.family === 'ipv4' ? ipv4Text(this.base) : ipv6Text(this.base);
  }

  /** Canonical text: the address alone, or `address/prefix` for a block. */
  toString(): string {
    return this.isSingleAddress ? this.address : `${this.address}/${this.prefix}`;
  }
}

/** One address in canonical form, IPv4 where it is mapped IPv4; null when it is none. */
export function normaliseAddress(text: string): string | null {
  // A link-local peer carries its zone (`fe80::1%eth0`), which says nothing about who it is.
  const network = text.includes('/') ? null : IpNetwork.parse(text.replace(/%.*$/, ''));
  return network?.address ?? null;
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function ipv6Value(text: string): bigint {
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (embedded) {
    const v4 = ipv4Value(embedded[2] ?? '');
    return ipv6Value(`${embedded[1]}${(v4 >> 16n).toString(16)}:${(v4 & 0xffffn).toString(16)}`);
  }
  const [head = '', tail] = text.split('::');
  const groupsOf = (part: string) => (part === '' ? [] : part.split(':'));
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].reduce(
    (value, group) => (value << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

function ipv4Text(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
}

/** Longest run of zero groups shortened, lower case: RFC 5952. */
function ipv6Text(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
  );
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length === 1) return groups.join(':');
  const before = groups.slice(0, best.start).join(':');
  return `${before}::${groups.slice(best.start + best.length).join(':')}`;
}
