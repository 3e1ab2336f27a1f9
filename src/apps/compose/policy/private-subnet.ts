import { IpNetwork } from '../../../platform/addresses/ip-network';

/** RFC 1918 and RFC 4193. */
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'].flatMap(
  (cidr) => IpNetwork.parse(cidr) ?? [],
);
/** The largest subnet that one app may take. */
const minPrefix = { ipv4: 16, ipv6: 48 } as const;
const maxPrefix = { ipv4: 30, ipv6: 126 } as const;

/** Whether a subnet in CIDR notation is private and small, and these addresses or ranges lie within it. */
export function isPrivateSubnet(cidr: string, within: readonly (string | undefined)[]): boolean {
  const subnet = IpNetwork.parse(cidr);
  if (!subnet) return false;
  const { family, prefix } = subnet;
  return (
    prefix >= minPrefix[family] &&
    prefix <= maxPrefix[family] &&
    privateRanges.some((range) => range.contains(subnet)) &&
    within.every((text) => {
      const inner = text === undefined ? subnet : IpNetwork.parse(text);
      return inner !== null && subnet.contains(inner);
    })
  );
}
