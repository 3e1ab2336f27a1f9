import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AddressBannedError } from '../auth.errors';
import { CacheInvalidation } from '../cache/cache-invalidation';
import { AddressBanList } from './address-ban-list';
import { BannedAddress } from './banned-address.entity';
import { IpNetwork } from '../../platform/addresses/ip-network';

/** Whether an address is banned; cached while {@link CacheInvalidation} permits it. */
@Injectable()
export class AddressBanService {
  private list: Promise<AddressBanList> | null = null;
  private loaded: AddressBanList | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly caches: CacheInvalidation,
  ) {
    caches.onInvalidate((topic) => {
      if (topic === null || topic === 'addresses') this.list = this.loaded = null;
    });
  }

  async isBanned(address: string): Promise<boolean> {
    await this.caches.ready();
    return (await this.bans()).covers(address);
  }

  /** Whether the list is in the cache, may be used at this moment and does not ban the address. */
  admitsNow(address: string): boolean {
    const list = this.caches.usable() ? this.loaded : null;
    return list !== null && !list.covers(address);
  }

  /** @throws AddressBannedError (40303) for a banned address */
  async refuseBanned(address: string): Promise<void> {
    if (await this.isBanned(address)) throw new AddressBannedError();
  }

  private bans(): Promise<AddressBanList> {
    if (this.list) return this.list;
    const list = this.read();
    this.list = list;
    list.then(
      (loaded) => {
        if (this.list === list) this.loaded = loaded;
      },
      () => {
        if (this.list === list) this.list = null;
      },
    );
    return list;
  }

  private async read(): Promise<AddressBanList> {
    const rows = await this.dataSource.manager.find(BannedAddress);
    return new AddressBanList(
      rows.flatMap(({ network, endsAt }) => {
        const parsed = IpNetwork.parse(network);
        return parsed ? [{ network: parsed, endsAt: endsAt && +endsAt }] : [];
      }),
    );
  }
}
