import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DockerEngine } from '../../platform/docker/docker-engine';
import {
  BackupDamagedError,
  BackupNotSavedError,
  NewerBackupError,
  OtherArchitectureError,
} from './backup.errors';
import {
  BACKUP_FORMAT,
  bytesOf,
  MANIFEST_FILE,
  SECRETS_FILE,
  type BackupManifest,
  type BackupSecrets,
} from './backup-manifest';
import type { BackupRun } from './backup-run';
import { backupManifestOf } from './backup.store';
import { Repositories } from './repositories.service';
import { Restic, type OpenRepository } from './restic';
import { secretsBox, Staging } from './staging';
import { digestsOf } from './snapshot-taker';

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
    const repository = await this.repositories.open(backup.repository, signal);
    await this.staging.requireRoom(total);
    const folder = await this.staging.begin(backup.id);
    await run.phase('downloading', total);
    const begun = performance.now();
    await this.restic.restore(repository, backup.snapshotId, folder, {
      signal,
      onBytes: (written) => {
        const bytesDone = Math.min(written, total);
        const perByte = bytesDone > 0 ? (performance.now() - begun) / 1000 / bytesDone : null;
        const secondsLeft = perByte === null ? null : Math.ceil(perByte * (total - bytesDone));
        run.progress('downloading', { bytesDone, bytesTotal: total, secondsLeft });
      },
    });
    const manifest = JSON.parse(await readFile(join(folder, MANIFEST_FILE), 'utf8')) as BackupManifest; // prettier-ignore
    requireFormat(manifest);
    await this.compare(run, known, folder);
    return { folder, manifest, secrets: await this.openSecrets(folder, manifest, repository) };
  }

  /** @throws OtherArchitectureError */
  async requireArchitecture({ architecture }: BackupManifest): Promise<void> {
    const { arch } = await this.engine.info();
    if (arch !== architecture) throw new OtherArchitectureError(architecture, arch);
  }

  /** With the digests of the time of the save, where this server made it. */
  private async compare(run: BackupRun, known: BackupManifest, folder: string): Promise<void> {
    await run.phase('checking', bytesOf(known));
    const found = await digestsOf(known, folder, run.signal);
    const named = { ...known.volumes, ...(known.folder ? { [known.appName]: known.folder } : {}) };
    const read = { ...found.volumes, ...(found.folder ? { [known.appName]: found.folder } : {}) };
    for (const [name, { digest }] of Object.entries(named))
      if (digest !== '' && read[name]?.digest !== digest) throw new BackupDamagedError(name);
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

function requireFormat({ format, product }: BackupManifest): void {
  if (format > BACKUP_FORMAT) throw new NewerBackupError(product);
}
