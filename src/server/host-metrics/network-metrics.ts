/** Bytes through one network interface since it came up. */
export interface InterfaceCounters {
  readonly name: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** The INTERNAL_INTERFACE ends of containers and their bridges: the same bytes again. */
const INTERNAL_INTERFACE = /^(lo$|veth|br-|docker|cni|flannel|virbr)/;

/** Reads `/proc/net/dev`, without loopback and the INTERNAL_INTERFACE side of containers. */
export function parseInterfaces(procNetDev: string): InterfaceCounters[] {
  return procNetDev.split('\n').flatMap((line) => {
    const match = /^ *([^\s:]+): *(.+)$/.exec(line);
    const values = match?.[2]?.trim().split(/ +/).map(Number) ?? [];
    const [receivedBytes, sentBytes] = [values[0], values[8]];
    if (!match?.[1] || receivedBytes === undefined || sentBytes === undefined) return [];
    return INTERNAL_INTERFACE.test(match[1]) ? [] : [{ name: match[1], receivedBytes, sentBytes }];
  });
}
