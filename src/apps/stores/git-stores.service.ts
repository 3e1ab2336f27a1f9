import { Injectable, Logger } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { Settings } from '../../platform/config/settings';
import { isDuplicateKey } from '../../platform/database/database-errors';
import { gitAddressText, type GitAddress } from '../../platform/git/git-address';
import type { Bilingual } from '../../platform/i18n/bilingual';
import type { AppChanges } from './app-changes';
import { catalogSources, freeName, gitStoreName, type CatalogSource } from './catalog-source';
import { GitStore } from './git-store.entity';
import { storeIdOf, StoreCopies } from './store-copies';
import {
  NoSuchUpdateError,
  StoreExistsError,
  StoreNameTakenError,
  StoreNotFoundError,
  StoreOfSettingsError,
  TooManyStoresError,
} from './store.errors';

/** So many stores can be added. */
const MAX_ADDED = 50;

/** A git store as people see it. */
export interface GitStoreView {
  readonly name: string;
  readonly row: GitStore;
  readonly address: GitAddress;
  readonly trusted: boolean;
  readonly inSettings: boolean;
  readonly failure: Bilingual | null;
  readonly changes: AppChanges | null;
  /** A process is fetching, or will be. */
  readonly busy: boolean;
}

/** The sources of the catalog: folders and git stores of the settings, and git stores that were added. */
@Injectable()
export class GitStores {
  private readonly logger = new Logger(GitStores.name);
  private readonly named: ReadonlyMap<string, GitAddress>;
  private last: readonly CatalogSource[] | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly settings: Settings,
    private readonly dataSource: DataSource,
    private readonly copies: StoreCopies,
  ) {
    const addresses = settings.catalogPaths.flatMap((path) => ('git' in path ? [path.git] : []));
    this.named = new Map(addresses.map((address) => [storeIdOf(address), address]));
  }

  /** All sources as they are now; as they were where the database does not answer. */
  async sources(): Promise<readonly CatalogSource[]> {
    try {
      this.last = this.sourcesOf(await this.active());
    } catch (error) {
      this.logger.warn({ err: error }, 'the list of stores cannot be read');
    }
    return this.last ?? this.sourcesOf([]);
  }

  /** Calls `listener` whenever this process has changed what the sources are. */
  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  announceChange(): void {
    for (const listener of this.listeners) listener();
  }

  /** The stores that count: those in the settings, which get their rows here, and those that were added. */
  async active(): Promise<GitStore[]> {
    const rows = await this.rows().find({ order: { createdAt: 'ASC', id: 'ASC' } });
    const known = new Set(rows.map(({ id }) => id));
    const missing = [...this.named].filter(([id]) => !known.has(id));
    for (const [id, { url, ref, folder }] of missing)
      await this.dataSource.query(
        `INSERT IGNORE INTO git_stores (id, url, ref, folder, createdAt)
         VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3))`,
        [id, url, ref, folder],
      );
    if (missing.length > 0) return this.active();
    return rows.filter(({ id, name }) => name !== null || this.named.has(id));
  }

  async list(): Promise<GitStoreView[]> {
    const rows = await this.active();
    const byAddress = new Map(rows.map((row) => [gitAddressText(row), row]));
    return this.sourcesOf(rows).flatMap(({ git, store, trusted }) => {
      const row = git && byAddress.get(git.address);
      return row ? [this.viewOf(row, store, trusted)] : [];
    });
  }

  /** @throws StoreNotFoundError */
  async get(name: string): Promise<GitStoreView> {
    const found = (await this.list()).find((store) => store.name === name);
    if (!found) throw new StoreNotFoundError(name);
    return found;
  }

  /** @throws StoreExistsError, StoreNameTakenError, TooManyStoresError */
  async add(address: GitAddress, wanted?: string): Promise<GitStoreView> {
    const id = storeIdOf(address);
    const stores = await this.list();
    const same = stores.find(({ row }) => row.id === id);
    if (same) throw new StoreExistsError(same.name);
    if (stores.filter(({ inSettings }) => !inSettings).length >= MAX_ADDED)
      throw new TooManyStoresError(MAX_ADDED);
    const taken = new Set((await this.sources()).map(({ store }) => store));
    if (wanted !== undefined && taken.has(wanted)) throw new StoreNameTakenError(wanted);
    const name = wanted ?? freeName(gitStoreName(address), taken);
    try {
      // There may be a row of settings that named the same store.
      const { affected } = await this.rows().update({ id, name: IsNull() }, { name });
      if (affected === 0) await this.rows().insert({ id, name, ...address, createdAt: new Date() });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      throw (await this.rows().existsBy({ id }))
        ? new StoreExistsError(name)
        : new StoreNameTakenError(name);
    }
    return this.get(name);
  }

  /** Asks for a look for a newer commit. @throws StoreNotFoundError */
  async request(name: string): Promise<GitStoreView> {
    const { row } = await this.get(name);
    await this.rows().update({ id: row.id }, { requestedAt: new Date() });
    return this.get(name);
  }

  /** Uses the newer commit, if it is the one whose changes were seen. @throws NoSuchUpdateError … */
  async update(
    name: string,
    commit: string,
  ): Promise<{ before: string | null; store: GitStoreView }> {
    const { row } = await this.get(name);
    const { affected } = await this.rows().update(
      { id: row.id, newerId: commit },
      { commitId: commit, newerId: null, changes: null, takenAt: new Date() },
    );
    if (affected !== 1) throw new NoSuchUpdateError(name);
    this.announceChange();
    return { before: row.commitId, store: await this.get(name) };
  }

  /** Installed apps stay. @throws StoreNotFoundError, StoreOfSettingsError */
  async remove(name: string): Promise<GitStoreView> {
    const store = await this.get(name);
    if (store.inSettings) throw new StoreOfSettingsError(name);
    await this.rows().delete({ id: store.row.id });
    this.announceChange();
    return store;
  }

  private sourcesOf(rows: readonly GitStore[]): readonly CatalogSource[] {
    const { projectRoot, catalogPaths } = this.settings;
    const byId = new Map(rows.map((row) => [row.id, row]));
    const added = rows.filter(({ id }) => !this.named.has(id)).map((row) => ({ name: row.name ?? '', address: row })); // prettier-ignore
    return catalogSources(projectRoot, catalogPaths, added, (address) => {
      const id = storeIdOf(address);
      const commit = byId.get(id)?.commitId ?? null;
      return { path: this.copies.tree(id, commit ?? 'none'), commit };
    });
  }

  private viewOf(row: GitStore, name: string, trusted: boolean): GitStoreView {
    const { url, ref, folder, failure, changes, requestedAt, leaseUntil, commitId } = row;
    const isHeld = leaseUntil !== null && leaseUntil.getTime() > Date.now();
    return {
      name,
      row,
      address: { url, ref, folder },
      trusted,
      inSettings: this.named.has(row.id),
      failure: failure === null ? null : (JSON.parse(failure) as Bilingual),
      changes: changes === null ? null : (JSON.parse(changes) as AppChanges),
      busy: isHeld || requestedAt !== null || (commitId === null && failure === null),
    };
  }

  private rows() {
    return this.dataSource.getRepository(GitStore);
  }
}
