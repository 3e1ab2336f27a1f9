import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { isFolder, type BackupRepositoryAddress } from '../../platform/config/parsers';
import { Settings } from '../../platform/config/settings';
import { whileLocked } from '../../platform/database/named-lock';
import { appSecretBox } from '../../platform/secrets/app-secret-box';
import type { SecretBox } from '../../platform/secrets/secret-box';
import { Home } from '../homes/home';
import { AppBackup } from './app-backup.entity';
import {
  KeyShownAlreadyError,
  NoSnapshotsThereError,
  RepositoryAwayError,
  RepositoryInUseError,
  RepositoryLockedError,
  UnknownRepositoryError,
} from './backup.errors';
import { BackupRepository } from './backup-repository.entity';
import { Restic, type OpenRepository, type ResticCall } from './restic/restic';

const KEY_BYTES = 32;
const MAX_INIT_WAIT_SECONDS = 120;

/** A repository as people see it. */
export interface RepositoryView extends BackupRepositoryAddress {
  /** False: nothing was saved there yet by this server. */
  readonly hasKey: boolean;
  readonly keyShownAt: Date | null;
}

/** Where backups are kept, and the keys that open them. */
@Injectable()
export class Repositories {
  private readonly logger = new Logger(Repositories.name);
  private readonly box: SecretBox;
  /** By key, folders that it has opened in this process, and by what they are recognised. */
  private readonly known = new Map<string, string>();

  constructor(
    private readonly settings: Settings,
    private readonly dataSource: DataSource,
    private readonly restic: Restic,
    private readonly home: Home,
  ) {
    this.box = appSecretBox(settings);
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

  /** Whether it is a folder, of which each node of a Swarm has one of its own. False where the settings name it no more. */
  isFolder(name: string): boolean {
    return this.addresses().some((one) => one.name === name && isFolder(one));
  }

  /** With its key, whether it answers or not. @throws UnknownRepositoryError */
  async find(name: string): Promise<OpenRepository> {
    return { ...this.addressOf(name), key: await this.keyOf(name) };
  }

  /** With its key, for long reads: restic would wait without end for a server that does not answer. @throws RepositoryAwayError … */
  async reach(name: string, signal?: AbortSignal): Promise<OpenRepository> {
    const repository = await this.find(name);
    if (!isFolder(repository))
      await this.restic.snapshots(repository, ['none'], signal ? { signal } : {});
    return repository;
  }

  /** With its key, and there; made at the first save. @throws UnknownRepositoryError, RepositoryAwayError … */
  async open(name: string, signal?: AbortSignal): Promise<OpenRepository> {
    const repository = await this.find(name);
    const call = signal ? { signal } : {};
    const config = await configOf(repository);
    if (config !== null && this.known.get(repository.key) === config) return repository;
    try {
      await this.restic.snapshots(repository, ['none'], call);
    } catch (error) {
      if (!(error instanceof RepositoryAwayError) || (await this.hasSnapshots(name))) throw error;
      // Nothing was ever saved there by this server.
      await this.alone(repository, () => this.make(repository, call));
    }
    await this.quicken(repository, call);
    const opened = config ?? (await configOf(repository));
    if (opened !== null) this.known.set(repository.key, opened);
    return repository;
  }

  /** Without it all works as well, half a second a call later. */
  private async quicken(repository: OpenRepository, call: ResticCall): Promise<void> {
    if (!isFolder(repository)) return;
    await this.alone(repository, () => this.restic.quicken(repository, call)).catch(
      (error: unknown) => {
        call.signal?.throwIfAborted();
        this.logger.debug({ err: error, repository: repository.name }, 'no quick key was added');
      },
    );
  }

  private async make(repository: OpenRepository, call: ResticCall): Promise<void> {
    try {
      await this.restic.snapshots(repository, ['none'], call);
    } catch (error) {
      if (!(error instanceof RepositoryAwayError)) throw error;
      await this.restic.init(repository, call);
    }
  }

  /**
   * One at a time over all processes: of two inits at once each leaves a key, and restic then tries one that
   * does not open what the other has made.
   */
  private alone({ name, address }: OpenRepository, work: () => Promise<void>): Promise<void> {
    return whileLocked(this.dataSource, { kind: 'repository', name: address }, work, {
      seconds: MAX_INIT_WAIT_SECONDS,
      onBusy: () => new RepositoryLockedError(name),
    });
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
    const query = this.backups()
      .createQueryBuilder('b')
      .where('b.repository = :name AND b.snapshotId IS NOT NULL', { name });
    const { nodeId: home } = this.home;
    return (this.isFolder(name) ? query.andWhere('b.home <=> :home', { home }) : query).getExists();
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

/** What shows that a folder is the same repository as before; null of any other kind, or where there is none. */
async function configOf({ address }: OpenRepository): Promise<string | null> {
  if (!isFolder({ address })) return null;
  return stat(join(address, 'config')).then(
    ({ dev, ino, mtimeMs }) => `${address} ${dev} ${ino} ${mtimeMs}`,
    () => null,
  );
}

function contextOf(name: string): string {
  return `backup-repository\n${name}`;
}
