import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { DockerEngine } from '../../platform/docker/docker-engine';
import { isPortFree } from '../../platform/docker/port-probe';
import { PortNotFreeError, PortRangeExhaustedError } from '../apps.errors';
import type { PortLeases, PortWanted } from '../compose/resolved-app';
import { groupPorts, portCandidates, type PortGroup, type PortRange } from './port-candidates';
import { PortLease } from './port-lease.entity';
import { PortScanner } from './ports-in-use';
import { composeLabels } from '../compose/labels';
import { ownerOf } from '../install/resource-owner';
import { isDuplicateKey } from '../../platform/database/database-errors';
import type { ContainerSummary } from '../../platform/docker/engine-types';

/** Numbers found free on engine and host, to be claimed in the database one after the other. */
export interface PortOffer {
  readonly group: PortGroup;
  readonly range: PortRange;
  readonly candidates: readonly number[];
}

/**
 * Hands out host ports. The unique key (node, protocol, port) decides between processes; engine
 * and host are asked beforehand, and the conflict at start stays the last word.
 */
@Injectable()
export class PortLeasesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: DockerEngine,
    private readonly settings: Settings,
    private readonly scanner: PortScanner,
  ) {}

  /** Looks for free numbers; no database transaction may be open meanwhile. */
  async offer(ports: readonly PortWanted[]): Promise<PortOffer[]> {
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

  /**
   * Claims one number for each group inside the caller's transaction. A number that another
   * installation took meanwhile is passed over.
   */
  async claim(
    tx: EntityManager,
    installationId: string,
    offers: readonly PortOffer[],
  ): Promise<PortLeases> {
    const leases: Record<string, number> = {};
    for (const offer of offers) {
      const port = await this.claimGroup(tx, installationId, offer);
      for (const member of offer.group.members) leases[member.key] = port;
    }
    return leases;
  }

  async find(installationId: string): Promise<PortLease[]> {
    return this.rows().findBy({ installationId });
  }

  async findAll(installationIds: readonly string[]): Promise<PortLease[]> {
    if (installationIds.length === 0) return [];
    return this.rows().findBy({ installationId: In([...installationIds]) });
  }

  /** The leases as the template wants them: by key. */
  async leasesOf(installationId: string): Promise<PortLeases> {
    return toLeases(await this.find(installationId));
  }

  /**
   * Another number for a port that the engine says is taken. Engine and host are looked at again;
   * the number that failed is never offered.
   */
  async replace(
    installationId: string,
    ports: readonly PortWanted[],
    takenPort: number,
  ): Promise<PortLeases> {
    const leases = await this.find(installationId);
    const hit = new Set(leases.filter((l) => l.port === takenPort).map((l) => l.leaseKey));
    const wanted = ports.filter(
      (port) => hit.has(port.key) || (port.sameAs !== null && hit.has(port.sameAs)),
    );
    const heads = new Set(wanted.map((port) => port.sameAs ?? port.key));
    const moving = ports.filter((port) => heads.has(port.sameAs ?? port.key));
    if (moving.some((port) => port.fixed)) throw new PortNotFreeError(takenPort);
    const offers = (await this.offer(moving)).map((offer) => ({
      ...offer,
      candidates: offer.candidates.filter((port) => port !== takenPort),
    }));
    await this.dataSource.transaction('READ COMMITTED', async (tx) => {
      await tx.getRepository(PortLease).delete({
        installationId,
        leaseKey: In(moving.map((port) => port.key)),
      });
      await this.claim(tx, installationId, offers);
    });
    return this.leasesOf(installationId);
  }

  /** What a claim of these offers would get now; throws as the claim would. */
  preview(offers: readonly PortOffer[]): PortLeases {
    const leases: Record<string, number> = {};
    const used = new Set<number>();
    for (const offer of offers) {
      const port = offer.candidates.find((candidate) => !used.has(candidate));
      if (port === undefined) throw this.nothingFree(offer);
      used.add(port);
      for (const member of offer.group.members) leases[member.key] = port;
    }
    return leases;
  }

  /** Claims what a new version of the template publishes in addition. */
  async claimMissing(installationId: string, ports: readonly PortWanted[]): Promise<void> {
    const have = new Set((await this.find(installationId)).map((lease) => lease.leaseKey));
    const offers = await this.probe(await this.offer(ports.filter((port) => !have.has(port.key))));
    await this.dataSource.transaction('READ COMMITTED', (tx) =>
      this.claim(tx, installationId, offers),
    );
  }

  /** Gives back what is not among the keys. */
  async keepOnly(installationId: string, keys: readonly string[]): Promise<void> {
    for (const lease of await this.find(installationId)) {
      if (!keys.includes(lease.leaseKey)) await this.rows().delete({ id: lease.id });
    }
  }

  /**
   * Makes the leases say what the engine really publishes, where somebody recreated a container
   * with another port. A number that another installation holds is left alone.
   */
  async correct(installationId: string, containers: readonly ContainerSummary[]): Promise<void> {
    const mine = containers.filter((c) => ownerOf(c.labels) === installationId);
    for (const lease of await this.find(installationId)) {
      const [service, target] = splitKey(lease.leaseKey);
      const published = mine
        .filter((c) => c.labels[composeLabels.service] === service)
        .flatMap((c) => c.ports)
        .filter((p) => `${p.containerPort}/${p.protocol}` === target)
        .map((p) => p.hostPort);
      if (published.length === 0 || published.includes(lease.port)) continue;
      await this.rows()
        .update({ id: lease.id }, { port: published[0] })
        .catch((error: unknown) => {
          if (!isDuplicateKey(error)) throw error;
        });
    }
  }

  /** Gives everything back; the app is gone. */
  async release(installationId: string): Promise<void> {
    await this.rows().delete({ installationId });
  }

  /** Probes the first numbers of each offer by binding them, so that a stale socket table does no harm. */
  async probe(offers: readonly PortOffer[]): Promise<PortOffer[]> {
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

  private async claimGroup(
    tx: EntityManager,
    installationId: string,
    offer: PortOffer,
  ): Promise<number> {
    const { group } = offer;
    for (const port of offer.candidates) {
      const claimed: string[] = [];
      for (const member of group.members) {
        if (!(await this.insert(tx, installationId, group, member, port))) break;
        claimed.push(member.key);
      }
      if (claimed.length === group.members.length) return port;
      if (claimed.length > 0) {
        await tx.getRepository(PortLease).delete({ installationId, leaseKey: In(claimed) });
      }
    }
    throw this.nothingFree(offer);
  }

  private nothingFree({ group, range }: PortOffer): PortNotFreeError | PortRangeExhaustedError {
    if (group.fixed !== null) return new PortNotFreeError(group.fixed);
    const setting = group.role === 'database' ? 'DB_PORT_RANGE' : 'APP_PORT_RANGE';
    return new PortRangeExhaustedError(setting, range.from, range.to);
  }

  private async insert(
    tx: EntityManager,
    installationId: string,
    group: PortGroup,
    member: PortGroup['members'][number],
    port: number,
  ): Promise<boolean> {
    const result = await tx.query<{ affectedRows: number }>(
      `INSERT IGNORE INTO app_port_lease (node, protocol, port, installationId, leaseKey, role, createdAt)
       VALUES (?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))`,
      [this.settings.nodeName, member.protocol, port, installationId, member.key, group.role],
    );
    return result.affectedRows === 1;
  }

  private rangeOf(group: PortGroup): PortRange {
    return group.role === 'database' ? this.settings.dbPortRange : this.settings.appPortRange;
  }

  private rows() {
    return this.dataSource.getRepository(PortLease);
  }
}

/** `web:80/tcp#2` → `web`, `80/tcp`. */
function splitKey(key: string): [service: string, target: string] {
  const colon = key.lastIndexOf(':');
  return [key.slice(0, colon), key.slice(colon + 1).replace(/#\d+$/, '')];
}

/** The host cannot be asked about SCTP without privileges; the engine has the last word. */
async function isMemberFree(protocol: string, port: number): Promise<boolean> {
  return protocol === 'tcp' || protocol === 'udp' ? isPortFree(port, protocol) : true;
}

/** Numbers beyond those needed that are probed, for the case that others are claiming as well. */
const PROBED_SPARE = 4;

export function toLeases(rows: readonly PortLease[]): PortLeases {
  return Object.fromEntries(rows.map((row) => [row.leaseKey, row.port]));
}
