import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isPortFree } from '../../platform/docker/port-probe';
import { PortNotFreeError, PortRangeExhaustedError } from '../errors/apps.errors';
import type { PortLeases, PortRequest } from '../compose/resolve/resolved-app';
import { groupPorts, portCandidates, type PortGroup, type PortRange } from './port-candidates';
import { PortLease } from './port-lease.entity';
import { PortScanner } from './port-scanner';

/** Numbers found free on engine and host, to be claimed in the database one after the other. */
export interface FreePorts {
  readonly group: PortGroup;
  readonly range: PortRange;
  readonly candidates: readonly number[];
}

/** Looks at engine, host and leases for numbers that could be leased; leases nothing itself. */
@Injectable()
export class PortAllocator {
  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: DockerEngine,
    private readonly settings: Settings,
    private readonly scanner: PortScanner,
  ) {}

  /** Looks for free numbers; no database transaction may be open meanwhile. */
  async look(ports: readonly PortRequest[]): Promise<FreePorts[]> {
    if (ports.length === 0) return [];
    const inUse = await this.scanner.scan(this.engine);
    const leased = new Set(
      (await this.rows().findBy({ node: this.settings.nodeName })).map(
        (lease) => `${lease.port}/${lease.protocol}`,
      ),
    );
    const isTaken = (protocol: string, port: number): boolean =>
      inUse.has(protocol, port) || leased.has(`${port}/${protocol}`);
    return groupPorts(ports).map((group) => {
      const range = this.rangeOf(group);
      return { group, range, candidates: [...portCandidates(group, range, isTaken)] };
    });
  }

  /** As `look`, with the first numbers of each offer found free by binding them for a moment. */
  async probed(ports: readonly PortRequest[]): Promise<FreePorts[]> {
    return this.probe(await this.look(ports));
  }

  /** What a claim of these offers would get now; throws as the claim would. */
  preview(offers: readonly FreePorts[]): PortLeases {
    const leases: Record<string, number> = {};
    const used = new Set<number>();
    for (const offer of offers) {
      const port = offer.candidates.find((candidate) => !used.has(candidate));
      if (port === undefined) throw nothingFree(offer);
      used.add(port);
      for (const member of offer.group.members) leases[member.key] = port;
    }
    return leases;
  }

  /** Probes the first numbers of each offer by binding them, so that a stale socket table does no harm. */
  private async probe(offers: readonly FreePorts[]): Promise<FreePorts[]> {
    const enough = offers.length + PROBED_SPARE;
    return Promise.all(
      offers.map(async (offer) => {
        const good: number[] = [];
        let index = 0;
        for (; index < offer.candidates.length && good.length < enough; index += 1) {
          const port = offer.candidates[index] ?? 0;
          const free = await Promise.all(
            offer.group.members.map((member) => isMemberFree(member.protocol, port)),
          );
          if (free.every(Boolean)) good.push(port);
        }
        return { ...offer, candidates: [...good, ...offer.candidates.slice(index)] };
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

/** The reason why an offer came to nothing. */
export function nothingFree({
  group,
  range,
}: FreePorts): PortNotFreeError | PortRangeExhaustedError {
  if (group.fixed !== null) return new PortNotFreeError(group.fixed);
  const setting = group.role === 'database' ? 'DB_PORT_RANGE' : 'APP_PORT_RANGE';
  return new PortRangeExhaustedError(setting, range.from, range.to);
}

/** The host cannot be asked about SCTP without privileges; the engine has the last word. */
async function isMemberFree(protocol: string, port: number): Promise<boolean> {
  return protocol === 'tcp' || protocol === 'udp' ? isPortFree(port, protocol) : true;
}

/** Numbers beyond those needed that are probed, for the case that others are claiming as well. */
const PROBED_SPARE = 4;
