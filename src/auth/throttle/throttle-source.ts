import { IpNetwork } from '../../platform/addresses/ip-network';

/** The size of the smallest IPv6 network that a single subscriber is given. */
const IPV6_SUBSCRIBER_PREFIX = 64;

/**
 * What is counted as one source of requests: an IPv4 address, or an IPv6 network of 64 bits, within
 * which a single machine may change its address at will.
 */
export function throttleSource(address: string): string {
  const parsed = IpNetwork.parse(address);
  return parsed?.family === 'ipv6'
    ? String(IpNetwork.parse(`${address}/${IPV6_SUBSCRIBER_PREFIX}`))
    : address;
}
