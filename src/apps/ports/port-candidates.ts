import type { PortRequest } from '../compose/resolve/resolved-app';
import type { LeaseRole } from './port-lease.entity';

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** Ports that must get one number: 53/tcp and 53/udp behind one variable. */
export interface PortGroup {
  readonly role: LeaseRole;
  readonly preferred: number | null;
  /** Exactly this one, or none. */
  readonly fixed: number | null;
  readonly members: readonly { readonly key: string; readonly protocol: string }[];
}

export function groupPorts(ports: readonly PortRequest[]): PortGroup[] {
  const heads = ports.filter((port) => port.sameAs === null);
  return heads.map((head) => ({
    role: head.role,
    preferred: head.preferred,
    fixed: head.fixed ? head.preferred : null,
    members: [head, ...ports.filter((port) => port.sameAs === head.key)].map((port) => ({
      key: port.key,
      protocol: port.protocol,
    })),
  }));
}

/**
 * Numbers to try for a group, best first: the wanted port when it is in the range, then the
 * range from below. `isTaken` says what is known to be in use, by protocol.
 */
export function* portCandidates(
  group: PortGroup,
  range: PortRange,
  isTaken: (protocol: string, port: number) => boolean,
): Generator<number> {
  const free = (port: number): boolean =>
    group.members.every((member) => !isTaken(member.protocol, port));
  if (group.fixed !== null) {
    if (free(group.fixed)) yield group.fixed;
    return;
  }
  const wanted = group.preferred;
  const wantedFits = wanted !== null && wanted >= range.from && wanted <= range.to;
  if (wantedFits && free(wanted)) yield wanted;
  for (let port = range.from; port <= range.to; port += 1) {
    if (port !== wanted && free(port)) yield port;
    else if (port === wanted && !wantedFits && free(port)) yield port;
  }
}
