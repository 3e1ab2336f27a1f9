import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import {
  BackupDamagedError,
  BackupNotSavedError,
  NewerBackupError,
  OtherArchitectureError,
  RepositoryAwayError,
} from './backup.errors';
import type { AppBackup } from './app-backup.entity';
import {
  APP_FOLDER,
  BACKUP_FORMAT,
  bytesOf,
  MANIFEST_FILE,
  SECRETS_FILE,
  VOLUMES_FOLDER,
  type BackupManifest,
  type BackupSecrets,
  type SavedTree,
} from './backup-manifest';
import type { BackupRun } from './backup-run';
import { backupManifestOf } from './backup.store';
import { Repositories } from './repositories.service';
import { Restic, type OpenRepository } from './restic/restic';
import { flush, flushedDuring, secretsBox, Staging } from './staging';
import { digestTree, shapeOf } from './tree-digest';

/** Its folder among the parts of an app, which are named after volumes. */
const APP = Symbol('folder');

/** Reading that many bytes a second time costs less than a lock in each restore. */
const MAX_UNLOCKED_BYTES = 8 * 1024 ** 3;

/** What was read of a snapshot. */
export interface ReadSnapshot {
  readonly folder: string;
  readonly manifest: BackupManifest;
  readonly secrets: BackupSecrets;
}

/** Reads snapshots back into the staging folder, and proves that they are what was saved. */
@Injectable()
export class SnapshotReader {
  constructor(
    private readonly engine: DockerEngine,
    private readonly staging: Staging,
    private readonly repositories: Repositories,
    private readonly restic: Restic,
  ) {}

  /** @throws BackupDamagedError that names what differs, NewerBackupError, StagingFullError … */
  async read(run: BackupRun): Promise<ReadSnapshot> {
    const { backup, signal } = run;
    const known = backupManifestOf(backup);
    if (backup.snapshotId === null || known === null) throw new BackupNotSavedError(backup.id);
    requireFormat(known);
    const total = bytesOf(known);
    const repository = await this.repositories.reach(backup.repository, signal);
    await this.staging.requireRoom(total);
    const folder = await this.staging.begin(backup.id);
    await run.phase('downloading', total);
    const begun = performance.now();
    const isKept = backup.state === 'restoring';
    // Restic proves the contents by the hashes of the snapshot before it writes them: a restore need not read them again.
    const isQuick = isKept && partsOf(known).every(([, { shape }]) => shape);
    const { snapshotId } = backup;
    const restore = ({ lock }: { readonly lock: boolean }) =>
      this.restic.restore(repository, snapshotId, folder, {
        signal,
        compare: !isQuick,
        lock,
        onBytes: (written) => {
          const bytesDone = Math.min(written, total);
          const perByte = bytesDone > 0 ? (performance.now() - begun) / 1000 / bytesDone : null;
          const secondsLeft = perByte === null ? null : Math.ceil(perByte * (total - bytesDone));
          run.progress('downloading', { bytesDone, bytesTotal: total, secondsLeft });
        },
      });
    if (isKept) await flushedDuring(folder, () => this.unlocked(backup, total, restore));
    else await restore({ lock: true });
    const manifest = JSON.parse(await readFile(join(folder, MANIFEST_FILE), 'utf8')) as BackupManifest; // prettier-ignore
    requireFormat(manifest);
    await Promise.all([
      this.compare(run, known, folder, isQuick),
      isKept ? flush(folder) : undefined,
    ]);
    return { folder, manifest, secrets: await this.openSecrets(folder, manifest, repository) };
  }

  /**
   * Restic waits for a fifth of a second after it has locked a repository. Without that somebody who frees space there
   * may take away a file that is still to be read: restic tells what it misses, and reads all once more, with a lock.
   */
  private async unlocked(
    { id, repository }: AppBackup,
    bytes: number,
    restore: (options: { readonly lock: boolean }) => Promise<void>,
  ): Promise<void> {
    if (!this.repositories.isFolder(repository) || bytes > MAX_UNLOCKED_BYTES)
      return restore({ lock: true });
    try {
      await restore({ lock: false });
    } catch (error) {
      const mayBeTaken =
        error instanceof BackupDamagedError || error instanceof RepositoryAwayError;
      if (!mayBeTaken) throw error;
      await this.staging.begin(id);
      await restore({ lock: true });
    }
  }

  /** @throws OtherArchitectureError */
  async requireArchitecture({ architecture }: BackupManifest): Promise<void> {
    const { arch } = await this.engine.info();
    if (arch !== architecture) throw new OtherArchitectureError(architecture, arch);
  }

  /** With what was noted at the save; the contents that restic has proved once more where they were noted, too. */
  private async compare(
    run: BackupRun,
    known: BackupManifest,
    folder: string,
    isQuick: boolean,
  ): Promise<void> {
    await run.phase('checking', bytesOf(known));
    for (const [name, { digest, shape }] of partsOf(known)) {
      const place = join(folder, name === APP ? APP_FOLDER : join(VOLUMES_FOLDER, name));
      const measure = isQuick || digest === '' ? shapeOf : digestTree;
      const now = await measure(place, run.signal);
      const isSame =
        (shape === undefined || now.shape === shape) &&
        (now.digest === '' || now.digest === digest);
      if (!isSame) throw new BackupDamagedError(name === APP ? known.appName : name);
    }
  }

  private async openSecrets(
    folder: string,
    { appName }: BackupManifest,
    { key }: OpenRepository,
  ): Promise<BackupSecrets> {
    const sealed = await readFile(join(folder, SECRETS_FILE));
    return JSON.parse(secretsBox(key).open(sealed, appName)) as BackupSecrets;
  }
}

/** Its volumes by name, and its folder. */
function partsOf({
  volumes,
  folder,
}: BackupManifest): (readonly [string | typeof APP, SavedTree])[] {
  return [...Object.entries(volumes), ...(folder ? [[APP, folder] as const] : [])];
}

function requireFormat({ format, product }: BackupManifest): void {
  if (format > BACKUP_FORMAT) throw new NewerBackupError(product);
}
