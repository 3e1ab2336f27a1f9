import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isPortFree } from './port-probe';
import { PortNotFreeError, PortRangeExhaustedError } from './port.errors';
import type { PortLeases, PortRequest } from '../compose/resolve/resolved-app';
import { groupPorts, portCandidates, type PortGroup, type PortRange } from './port-candidates';
import { PortLease } from './port-lease.entity';
import { PortScanner } from './port-scanner';

const MAX_REFUSED = 1_000;
/** So long a number is passed over that some node had in use. */
const REFUSED_MS = 5 * 60_000;

/** Numbers found free on engine and host for one group, to be claimed in the database in this order. */
export interface FreePorts {
  readonly group: PortGroup;
  readonly range: PortRange;
  readonly candidates: readonly number[];
}

/** Finds port numbers that are free on engine, host and in the leases; claims none. */
@Injectable()
export class PortAllocator {
  private readonly refused = new LRUCache<number, true>({ max: MAX_REFUSED, ttl: REFUSED_MS });

  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: DockerEngine,
    private readonly settings: Settings,
    private readonly scanner: PortScanner,
  ) {}

  /** An engine, perhaps of another node, has said that it cannot publish this one. */
  noteRefused(port: number): void {
    this.refused.set(port, true);
  }

  /** Asks engine, host and leases; must not run inside a database transaction. */
  async find(ports: readonly PortRequest[]): Promise<FreePorts[]> {
    if (ports.length === 0) return [];
    const inUse = await this.scanner.scan(this.engine);
    const leased = new Set(
      (await this.rows().find()).map((lease) => `${lease.port}/${lease.protocol}`),
    );
    const isTaken = (protocol: string, port: number): boolean =>
      inUse.has(protocol, port) || leased.has(`${port}/${protocol}`);
    return groupPorts(ports).map((group) => {
      const range = this.rangeOf(group);
      const free = [...portCandidates(group, range, isTaken)];
      // One that has to be this one is tried again at once: its user may have freed it.
      const candidates = group.fixed === null ? free.filter((p) => !this.refused.has(p)) : free;
      return { group, range, candidates };
    });
  }

  /** As `find`, with the first numbers of each group probed by binding them for a moment. */
  async findProbed(ports: readonly PortRequest[]): Promise<FreePorts[]> {
    return this.probe(await this.find(ports));
  }

  /**
   * What a claim would get now.
   * @throws PortNotFreeError, PortRangeExhaustedError
   */
  preview(groups: readonly FreePorts[]): PortLeases {
    const leases: Record<string, number> = {};
    const used = new Set<number>();
    for (const free of groups) {
      const port = free.candidates.find((candidate) => !used.has(candidate));
      if (port === undefined) throw noPortError(free);
      used.add(port);
      for (const member of free.group.members) leases[member.key] = port;
    }
    return leases;
  }

  /** Binds the first numbers of each group, so that a stale socket table does no harm. */
  private async probe(groups: readonly FreePorts[]): Promise<FreePorts[]> {
    const enough = groups.length + SPARE_PROBES;
    return Promise.all(
      groups.map(async (free) => {
        const good: number[] = [];
        let index = 0;
        for (; index < free.candidates.length && good.length < enough; index += 1) {
          const port = free.candidates[index] ?? 0;
          const probes = await Promise.all(
            free.group.members.map((member) => isMemberFree(member.protocol, port)),
          );
          if (probes.every(Boolean)) good.push(port);
        }
        return { ...free, candidates: [...good, ...free.candidates.slice(index)] };
      }),
    );
  }

  private rangeOf(group: PortGroup): PortRange {
    return group.role === 'database' ? this.settings.dbPortRange : this.settings.appPortRange;
  }

  private rows() {
    return this.dataSource.getRepository(PortLease);
  }
}

/** Why no number of a group could be claimed. */
export function noPortError({
  group,
  range,
}: FreePorts): PortNotFreeError | PortRangeExhaustedError {
  if (group.fixed !== null) return new PortNotFreeError(group.fixed);
  const setting = group.role === 'database' ? 'DB_PORT_RANGE' : 'APP_PORT_RANGE';
  return new PortRangeExhaustedError(setting, range.from, range.to);
}

/** The same, with the numbers first that were leased before, where they are free. */
export function preferring(groups: readonly FreePorts[], before: PortLeases = {}): FreePorts[] {
  return groups.map((free) => {
    const wanted = free.group.members.map(({ key }) => before[key]).find((port) => port);
    if (wanted === undefined || !free.candidates.includes(wanted)) return free;
    const others = free.candidates.filter((port) => port !== wanted);
    return { ...free, candidates: [wanted, ...others] };
  });
}

/** The host cannot be asked about SCTP without privileges; the engine decides at the start. */
async function isMemberFree(protocol: string, port: number): Promise<boolean> {
  return protocol === 'tcp' || protocol === 'udp' ? isPortFree(port, protocol) : true;
}

/** Numbers probed beyond those needed, because others may be claiming as well. */
const SPARE_PROBES = 4;
