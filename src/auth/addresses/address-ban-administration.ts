import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import { isDuplicateKey } from '../../platform/database/database-errors';
import type { CurrentUser } from '../../http/access/current-user';
import { CacheInvalidation } from '../cache/cache-invalidation';
import {
  AddressBanExistsError,
  AddressBanNotFoundError,
  AddressBanTooWideError,
} from './address-ban.errors';
import { BannedAddress } from './banned-address.entity';
import { ClientAddresses } from './client-addresses';
import { IpNetwork } from '../../platform/addresses/ip-network';

const LOOPBACK = ['127.0.0.0/8', '::1'].flatMap((text) => IpNetwork.parse(text) ?? []);

export interface NewAddressBan {
  readonly network: IpNetwork;
  readonly reason: string;
  readonly endsAt: Date | null;
}

/** Lists, adds and lifts address bans, for administrators. */
@Injectable()
export class AddressBanAdministration {
  constructor(
    private readonly dataSource: DataSource,
    private readonly caches: CacheInvalidation,
    private readonly addresses: ClientAddresses,
    private readonly audit: AuditService,
  ) {}

  async list(skip: number, take: number): Promise<{ total: number; bans: BannedAddress[] }> {
    const [bans, total] = await this.dataSource.manager.findAndCount(BannedAddress, {
      order: { id: 'DESC' },
      skip,
      take,
    });
    return { total, bans };
  }

  /** @throws AddressBanTooWideError, AddressBanExistsError */
  async add(admin: CurrentUser, address: string, ban: NewAddressBan): Promise<BannedAddress> {
    const caller = IpNetwork.parse(address);
    const exempt = [...LOOPBACK, ...this.addresses.trustedProxies, ...(caller ? [caller] : [])];
    if (exempt.some((network) => network.overlaps(ban.network))) throw new AddressBanTooWideError();
    const network = String(ban.network);
    return this.caches.commit(async (tx, invalidate) => {
      const now = new Date();
      // An expired ban does not block a new one.
      await tx
        .createQueryBuilder()
        .delete()
        .from(BannedAddress)
        .where('network = :network AND endsAt <= :now', { network, now })
        .execute();
      const row = tx.create(BannedAddress, {
        network,
        reason: ban.reason,
        endsAt: ban.endsAt,
        createdBy: admin.userId,
        createdAt: now,
      });
      try {
        const result = await tx.insert(BannedAddress, { ...row });
        row.id = Number((result.raw as { insertId: string | number }).insertId);
      } catch (error) {
        throw isDuplicateKey(error) ? new AddressBanExistsError() : error;
      }
      invalidate('addresses');
      await this.audit.record(
        {
          action: 'address.banned',
          actor: admin,
          target: { type: 'address', id: network },
          address,
          details: { reason: ban.reason, ends: ban.endsAt?.toISOString() ?? null },
        },
        tx,
      );
      return row;
    });
  }

  /** @throws AddressBanNotFoundError */
  async lift(admin: CurrentUser, address: string, id: number): Promise<void> {
    await this.caches.commit(async (tx, invalidate) => {
      const ban = await tx.findOneBy(BannedAddress, { id });
      const { affected } = await tx.delete(BannedAddress, { id });
      if (!ban || affected !== 1) throw new AddressBanNotFoundError();
      invalidate('addresses');
      await this.audit.record(
        {
          action: 'address.ban-lifted',
          actor: admin,
          target: { type: 'address', id: ban.network },
          address,
        },
        tx,
      );
    });
  }
}
