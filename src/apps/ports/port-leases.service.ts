import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import { isDuplicateKey } from '../../platform/database/database-errors';
import { InstallationChanges } from '../installations/installation-changes';
import { PortNotFreeError } from './port.errors';
import type { PortLeases, PortRequest } from '../compose/resolve/resolved-app';
import type { PortGroup } from './port-candidates';
import { PortLease } from './port-lease.entity';
import { noPortError, PortAllocator, type FreePorts } from './port-allocator';

/**
 * Hands out host ports. The unique key (protocol, port) decides between processes; engine and
 * host are checked first ({@link PortAllocator}), and a conflict at start is still possible.
 */
@Injectable()
export class PortLeasesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly allocator: PortAllocator,
    private readonly changes: InstallationChanges,
  ) {}

  /**
   * Claims one number for each group inside the caller's transaction. A number that another
   * installation took in between is skipped.
   */
  async claim(
    tx: EntityManager,
    installationId: string,
    groups: readonly FreePorts[],
  ): Promise<PortLeases> {
    const leases: Record<string, number> = {};
    for (const free of groups) {
      const port = await this.claimGroup(tx, installationId, free);
      for (const member of free.group.members) leases[member.key] = port;
    }
    return leases;
  }

  async find(installationId: string): Promise<PortLease[]> {
    return this.rows().findBy({ installationId });
  }

  /** All of them, by installation. */
  async findAll(): Promise<ReadonlyMap<string, PortLeases>> {
    const all = new Map<string, Record<string, number>>();
    const rows: { installationId: string; leaseKey: string; port: number }[] =
      await this.dataSource.query('SELECT installationId, leaseKey, port FROM app_port_leases');
    for (const { installationId, leaseKey, port } of rows) {
      const own = all.get(installationId);
      if (own) own[leaseKey] = port;
      else all.set(installationId, { [leaseKey]: port });
    }
    return all;
  }

  /** Leased ports by lease key. */
  async leasesOf(installationId: string): Promise<PortLeases> {
    return toLeases(await this.find(installationId));
  }

  /**
   * Another number for a port that the engine says is taken. Engine and host are checked again;
   * the number that failed is passed over for a while, for all apps.
   */
  async replace(
    installationId: string,
    ports: readonly PortRequest[],
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
    this.allocator.noteRefused(takenPort);
    const groups = await this.allocator.find(moving);
    await this.dataSource.transaction('READ COMMITTED', async (tx) => {
      await tx.getRepository(PortLease).delete({
        installationId,
        leaseKey: In(moving.map((port) => port.key)),
      });
      await this.claim(tx, installationId, groups);
    });
    this.changes.tell();
    return this.leasesOf(installationId);
  }

  /** Claims what a new version of the template publishes in addition. */
  async claimMissing(installationId: string, ports: readonly PortRequest[]): Promise<void> {
    const have = new Set((await this.find(installationId)).map((lease) => lease.leaseKey));
    const groups = await this.allocator.findProbed(ports.filter((port) => !have.has(port.key)));
    await this.dataSource.transaction('READ COMMITTED', (tx) =>
      this.claim(tx, installationId, groups),
    );
    this.changes.tell();
  }

  /** Gives ports the numbers that they had; one that another app has taken meanwhile keeps the one that it has. */
  async giveBack(installationId: string, ports: PortLeases): Promise<void> {
    for (const lease of await this.find(installationId)) {
      const port = ports[lease.leaseKey];
      if (port !== undefined && port !== lease.port) await this.move(lease, port);
    }
  }

  /** Releases what is not among the keys. */
  async keepOnly(installationId: string, keys: readonly string[]): Promise<void> {
    for (const lease of await this.find(installationId)) {
      if (!keys.includes(lease.leaseKey)) await this.rows().delete({ id: lease.id });
    }
    this.changes.tell();
  }

  /**
   * Takes exactly these numbers inside the caller's transaction, for containers that publish them
   * already. Throws `PortNotFreeError` where another installation holds one.
   */
  async claimExactly(
    tx: EntityManager,
    installationId: string,
    ports: readonly PortRequest[],
    leases: PortLeases,
  ): Promise<void> {
    await tx.getRepository(PortLease).delete({ installationId });
    for (const port of ports) {
      const number = leases[port.key];
      if (number === undefined) continue;
      const taken = await this.insert(tx, installationId, port.role, port, number);
      if (!taken) throw new PortNotFreeError(number);
    }
  }

  /** Which installation holds each number, by `port/protocol`. */
  async holders(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.rows().find();
    return new Map(rows.map((row) => [`${row.port}/${row.protocol}`, row.installationId]));
  }

  /** Lets a lease follow to another number; false where another installation holds that one. */
  async move(lease: PortLease, port: number): Promise<boolean> {
    try {
      await this.rows().update({ id: lease.id }, { port });
      this.changes.tell();
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  /** Releases everything; the app is gone. */
  async release(installationId: string): Promise<void> {
    await this.rows().delete({ installationId });
    this.changes.tell();
  }

  private async claimGroup(
    tx: EntityManager,
    installationId: string,
    free: FreePorts,
  ): Promise<number> {
    const { group } = free;
    for (const port of free.candidates) {
      const claimed: string[] = [];
      for (const member of group.members) {
        if (!(await this.insert(tx, installationId, group.role, member, port))) break;
        claimed.push(member.key);
      }
      if (claimed.length === group.members.length) return port;
      if (claimed.length > 0) {
        await tx.getRepository(PortLease).delete({ installationId, leaseKey: In(claimed) });
      }
    }
    throw noPortError(free);
  }

  private async insert(
    tx: EntityManager,
    installationId: string,
    role: PortGroup['role'],
    member: PortGroup['members'][number],
    port: number,
  ): Promise<boolean> {
    const result = await tx.query<{ affectedRows: number }>(
      `INSERT IGNORE INTO app_port_leases (protocol, port, installationId, leaseKey, role, createdAt)
       VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(3))`,
      [member.protocol, port, installationId, member.key, role],
    );
    return result.affectedRows === 1;
  }

  private rows() {
    return this.dataSource.getRepository(PortLease);
  }
}

export function toLeases(rows: readonly PortLease[]): PortLeases {
  return Object.fromEntries(rows.map((row) => [row.leaseKey, row.port]));
}
