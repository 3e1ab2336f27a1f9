import { BlockList, isIP } from 'node:net';

/** RFC 1918 and RFC 4193. */
const privateRanges = new BlockList();
privateRanges.addSubnet('10.0.0.0', 8);
privateRanges.addSubnet('172.16.0.0', 12);
privateRanges.addSubnet('192.168.0.0', 16);
privateRanges.addSubnet('fc00::', 7, 'ipv6');

/** The largest subnet that one app may take, by address family. */
const minPrefix = { 4: 16, 6: 48 } as const;

/** Whether a subnet in CIDR notation is private and small, and these addresses (or ranges) lie within it. */
export function isPrivateSubnet(cidr: string, within: readonly (string | undefined)[]): boolean {
  const [address = '', length = ''] = cidr.split('/');
  const family = isIP(address);
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (family !== 4 && family !== 6) return false;
  if (prefix < minPrefix[family] || prefix > (family === 4 ? 30 : 126)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  if (!privateRanges.check(address, type)) return false;
  const own = new BlockList();
  own.addSubnet(address, prefix, type);
  return within.every((text) => {
    const [start = '', size] = (text ?? address).split('/');
    if (isIP(start) !== family || !own.check(start, type)) return false;
    return size === undefined || Number(size) >= prefix;
  });
}
