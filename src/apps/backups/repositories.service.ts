import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import type { BackupRepositoryAddress } from '../../platform/config/parsers';
import { Settings } from '../../platform/config/settings';
import { SecretBox } from '../../platform/secrets/secret-box';
import { storedSecret } from '../../platform/secrets/stored-secret';
import { AppBackup } from './app-backup.entity';
import {
  KeyShownAlreadyError,
  NoSnapshotsThereError,
  RepositoryAwayError,
  RepositoryInUseError,
  UnknownRepositoryError,
} from './backup.errors';
import { BackupRepository } from './backup-repository.entity';
import { Restic, type OpenRepository } from './restic';

const KEY_BYTES = 32;

/** A repository as people see it. */
export interface RepositoryView extends BackupRepositoryAddress {
  /** False: nothing was saved there yet by this server. */
  readonly hasKey: boolean;
  readonly keyShownAt: Date | null;
}

/** Where backups are kept, and the keys that open them. */
@Injectable()
export class Repositories {
  private readonly box: SecretBox;

  constructor(
    private readonly settings: Settings,
    private readonly dataSource: DataSource,
    private readonly restic: Restic,
  ) {
    this.box = new SecretBox(storedSecret(settings.dataDir, 'app-secrets.key'));
  }

  /** The first one is the default. */
  addresses(): readonly BackupRepositoryAddress[] {
    const { backupRepositories: named, dataDir } = this.settings;
    if (named.length > 0) return named;
    return [{ name: 'local', address: join(dataDir, 'backups', 'apps') }];
  }

  async list(): Promise<RepositoryView[]> {
    const rows = new Map((await this.rows().find()).map((row) => [row.name, row]));
    return this.addresses().map(({ name, address }) => ({
      name,
      address,
      hasKey: rows.has(name),
      keyShownAt: rows.get(name)?.keyShownAt ?? null,
    }));
  }

  /** @throws UnknownRepositoryError */
  addressOf(name: string | undefined): BackupRepositoryAddress {
    const all = this.addresses();
    const found = name === undefined ? all[0] : all.find((one) => one.name === name);
    if (!found) throw new UnknownRepositoryError(name ?? '');
    return found;
  }

  /** With its key; made at the first save. @throws UnknownRepositoryError, RepositoryAwayError … */
  async open(name: string, signal?: AbortSignal): Promise<OpenRepository> {
    const address = this.addressOf(name);
    const repository = { ...address, key: await this.keyOf(name) };
    const call = signal ? { signal } : {};
    try {
      await this.restic.snapshots(repository, ['none'], call);
    } catch (error) {
      if (!(error instanceof RepositoryAwayError) || (await this.hasSnapshots(name))) throw error;
      // Nothing was ever saved there by this server. Of two that begin at once one makes it.
      await this.restic
        .init(repository, call)
        .catch(() => this.restic.snapshots(repository, ['none'], call));
    }
    return repository;
  }

  /**
   * The key, once: whoever has it can read every backup without this server, and without it nobody can.
   * @throws UnknownRepositoryError, KeyShownAlreadyError
   */
  async showKey(name: string): Promise<string> {
    this.addressOf(name);
    const key = await this.keyOf(name);
    const { affected } = await this.rows().update(
      { name, keyShownAt: IsNull() },
      { keyShownAt: new Date() },
    );
    if (affected !== 1) throw new KeyShownAlreadyError(name);
    return key;
  }

  /**
   * Takes the key of a repository that another server, or this one before it was lost, has made.
   * @throws UnknownRepositoryError, RepositoryInUseError, RepositoryKeyWrongError, NoSnapshotsThereError
   */
  async adopt(name: string, key: string): Promise<OpenRepository> {
    const repository = { ...this.addressOf(name), key };
    if (await this.hasSnapshots(name)) throw new RepositoryInUseError(name);
    try {
      await this.restic.snapshots(repository, ['none']);
    } catch (error) {
      throw error instanceof RepositoryAwayError ? new NoSnapshotsThereError(name) : error;
    }
    const sealedKey = this.box.seal(key, contextOf(name));
    await this.rows().upsert({ name, sealedKey, keyShownAt: new Date(), createdAt: new Date() }, ['name']); // prettier-ignore
    return repository;
  }

  /** Encrypts what only this installation is to read, such as what a restore has replaced. */
  seal(text: string, context: string): Buffer {
    return this.box.seal(text, context);
  }

  unseal(sealed: Buffer, context: string): string {
    return this.box.open(sealed, context);
  }

  private hasSnapshots(name: string): Promise<boolean> {
    return this.backups()
      .createQueryBuilder('b')
      .where('b.repository = :name AND b.snapshotId IS NOT NULL', { name })
      .getExists();
  }

  private async keyOf(name: string): Promise<string> {
    const key = randomBytes(KEY_BYTES).toString('hex');
    // The first of several processes decides.
    await this.dataSource.query(
      `INSERT IGNORE INTO backup_repositories (name, sealedKey, keyShownAt, createdAt)
       VALUES (?, ?, NULL, UTC_TIMESTAMP(3))`,
      [name, this.box.seal(key, contextOf(name))],
    );
    const row = await this.rows().findOneByOrFail({ name });
    return this.box.open(row.sealedKey, contextOf(name));
  }

  private rows() {
    return this.dataSource.getRepository(BackupRepository);
  }

  private backups() {
    return this.dataSource.getRepository(AppBackup);
  }
}

function contextOf(name: string): string {
  return `backup-repository\n${name}`;
}
